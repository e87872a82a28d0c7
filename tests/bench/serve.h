/// \file
/// The protocol of the benchmark programs. A program holds several cases ready and runs them when
/// it is told to, so that several programs can take turns on the same machine.
///
/// Each request is a line on stdin, and is answered by one line: `ok ...`, `skip REASON` or
/// `error TEXT`.
///
///     about                            name=value words
///     prepare SLOT threads=N OP...     makes a case; in0, in1, ... are its inputs
///     run SLOT COUNT PARTS FIRST       nanoseconds that COUNT calls took, PARTS times, after FIRST
///                                      untimed ones
///     output SLOT FILE                 writes what a call gives
///     memory SLOT                      bytes by which a call raised the peak of resident memory
///     drop SLOT
///     make FILE WORDS                  writes an array; see make() in array.h
///     compare FILE FILE                largest difference, scale, other, same_bits
///     quit
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "array.h"

namespace bench {

/// The words `name=value` of a request.
class Options {
 public:
  explicit Options(const std::vector<std::string>& words);
  /// Throws std::runtime_error for a name that was not given and has no default.
  std::string text(const std::string& name) const;
  std::string text(const std::string& name, const std::string& otherwise) const;
  double number(const std::string& name, double otherwise) const;
  bool has(const std::string& name) const { return values_.count(name) != 0; }

 private:
  std::map<std::string, std::string> values_;
};

/// A case that is ready to run.
struct Prepared {
  std::function<void(int64_t count)> run;  ///< calls it so often; empty: the library cannot
  std::function<Array()> output;           ///< what it computes; empty: nothing to compare
  std::string note = {};                   ///< what was chosen, or why it cannot
};

/// What a benchmark program is about.
struct Library {
  std::string about;  ///< name=value words
  std::function<void(int threads)> set_threads;
  std::function<Prepared(const Options&, const std::vector<Array>& inputs)> prepare;
};

/// A Prepared::run that calls `f` between the making and the destruction of a Guard.
template <class Guard, class F>
std::function<void(int64_t)> repeat(F f) {
  return [f = std::move(f)](int64_t count) {
    [[maybe_unused]] const Guard guard;
    for (int64_t i = 0; i < count; ++i) f();
  };
}
/// For repeat.
struct NoGuard {
  NoGuard() {}
};

/// Serves requests, or, if there are words on the command line, times the case that they describe
/// and prints what it found: `wick_bench op=unary fn=gelu in0=normal:3200x2048 threads=1`, with
/// `seconds=10` for a profiler.
int serve(const Library& library, int argc, char** argv);

}  // namespace bench
