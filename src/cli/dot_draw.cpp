// Runs Graphviz's program, without a shell.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "cli/dot.h"
#include "wick/error.h"

extern char** environ;

namespace wick::cli {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

/// A file without a name. Unlike a pipe it never makes one side wait for the other.
File temporary_file() {
  File file(std::tmpfile());
  if (!file) throw Error(fmt::format("cannot make a temporary file: {}", std::strerror(errno)));
  return file;
}

std::string content(std::FILE* file) {
  std::rewind(file);
  std::string bytes;
  std::array<char, 1 << 16> buffer;
  while (const size_t size = std::fread(buffer.data(), 1, buffer.size(), file))
    bytes.append(buffer.data(), size);
  return bytes;
}

[[noreturn]] void not_installed(int error) {
  throw Error(fmt::format(
      "pictures need the program \"dot\" of Graphviz, which cannot be started: {}. Install it "
      "(apt install graphviz, brew install graphviz), or write a .dot file.",
      std::strerror(error)));
}

}  // namespace

std::string draw_dot(const std::string& text, const std::string& format) {
  const File input = temporary_file();
  const File output = temporary_file();
  if (std::fwrite(text.data(), 1, text.size(), input.get()) != text.size() ||
      std::fflush(input.get()) != 0)
    throw Error(fmt::format("cannot write a temporary file: {}", std::strerror(errno)));
  std::rewind(input.get());

  std::string program = "dot";
  std::string type = "-T" + format;
  char* const arguments[] = {program.data(), type.data(), nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ::fileno(input.get()), 0);
  ::posix_spawn_file_actions_adddup2(&actions, ::fileno(output.get()), 1);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) not_installed(failed);

  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw Error(fmt::format("waiting for dot: {}", std::strerror(errno)));
  constexpr int not_found = 127;  // where the C library cannot tell before it starts the program
  if (WIFEXITED(status) && WEXITSTATUS(status) == not_found) not_installed(ENOENT);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw Error("the program \"dot\" could not draw the model");
  return content(output.get());
}

}  // namespace wick::cli
