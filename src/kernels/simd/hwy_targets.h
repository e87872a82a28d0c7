#pragma once
// Chooses which instruction sets Highway compiles kernels for. Include before any hwy header.

// On x86 three versions cover the machines in use: the baseline, AVX2+FMA and AVX-512. Each further
// one costs compile time and code size. Other architectures keep Highway's own choice.
#if defined(__x86_64__) || defined(_M_X64) || defined(__i386__) || defined(_M_IX86)
// Names of hwy/detect_targets.h, defined by the time Highway expands this. Better targets have
// lower bits, so HWY_AVX3 - 1 stands for all above AVX-512, known to this version of Highway or
// not.
#define HWY_DISABLED_TARGETS ((HWY_AVX3 - 1) | HWY_SSSE3 | HWY_SSE4)
#endif
