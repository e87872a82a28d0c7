// Whether the tests run under a sanitizer, whose allocator keeps what is freed for a while.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WICK_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WICK_TEST_SANITIZED 1
#endif
#endif
#ifndef WICK_TEST_SANITIZED
#define WICK_TEST_SANITIZED 0
#endif
