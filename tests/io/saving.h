// What the tests of saving share.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "catch.h"
#include "wick/io/file.h"

inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  return names;
}

/// Why `path` cannot be written, without "cannot write <path>: "; "" if it can.
inline std::string failure(const std::string& path) {
  try {
    wick::io::write_file(path, "new");
    return "";
  } catch (const wick::FileError& error) {
    const std::string start = "cannot write " + path + ": ";
    const std::string text = error.what();
    REQUIRE(text.starts_with(start));
    return text.substr(start.size());
  }
}

/// Runs f in another process; its result, or minus the signal that ended it.
template <class F>
int in_child(F f) {
  const pid_t child = ::fork();
  if (child == 0) {
    int result = 99;
    try {
      result = f();
    } catch (...) {
    }
    ::_exit(result);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
