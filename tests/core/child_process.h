// A child of fork() that does what would harm the process of the tests.
#pragma once

#include "autograd/sanitizers.h"

#if defined(__linux__) && !WICK_TEST_SANITIZED
#define WICK_TEST_FORKS 1
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

/// True if `body` returns true in a child, within ten seconds.
inline bool child_does(const std::function<bool()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(10);
    bool good = false;
    try {
      good = body();
    } catch (...) {
    }
    _exit(good ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

#else
#define WICK_TEST_FORKS 0
#endif
