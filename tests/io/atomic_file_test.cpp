// What a writer leaves, and what it takes the place of.
#include "io/atomic_file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <thread>

#include "catch.h"
#include "io/saving.h"
#include "io/temporary_folder.h"
#include "wick/wick.h"

using namespace wick;
namespace fs = std::filesystem;

namespace {

std::atomic<int> interruptions{0};  // of fsync, that are still to come
std::atomic<int> flush_error{0};    // what fsync then fails with
std::atomic<int> flushed_files{0};
std::atomic<int> flushed_folders{0};
std::atomic<int> flushed_before_rename{-1};  // files, when the last name was given

}  // namespace

#ifdef __linux__
// In place of the C library's.
extern "C" int fsync(int descriptor) {
  if (interruptions.load() > 0) {
    --interruptions;
    errno = EINTR;
    return -1;
  }
  if (flush_error != 0) {
    errno = flush_error;
    return -1;
  }
  struct stat status {};
  if (::fstat(descriptor, &status) == 0)
    ++(S_ISDIR(status.st_mode) ? flushed_folders : flushed_files);
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}
extern "C" int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  flushed_before_rename = flushed_files.load();
  return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, 0));
}
#endif

namespace {

/// What a process leaves that is killed while it writes `path`.
void leave(const std::string& path) {
  const int result = in_child([&] {
    io::AtomicFile file(path);
    file.write("half");
    ::raise(SIGKILL);
    return 0;
  });
  REQUIRE(result == -SIGKILL);
}

}  // namespace

TEST_CASE("saving: what a killed writer left is cleared by the next", "[io]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  io::write_file(path, "old");
  leave(path);
  CHECK(names_in(folder.path()).size() == 2);
  CHECK(io::read_file(path) == "old");
  for (const std::string text : {"new", "newer"}) {
    io::write_file(path, text);
    CHECK(io::read_file(path) == text);
    CHECK(names_in(folder.path()) == std::vector<std::string>{"x"});
  }
  // Several, that wrote at the same time; those of another file stay until that is saved.
  leave(folder / "y");
  {
    const io::AtomicFile first(path), second(path);
    for (int i = 0; i < 3; ++i) leave(path);
    CHECK(names_in(folder.path()).size() == 5);  // each cleared what the one before had left
  }
  io::write_file(path, "new");
  CHECK(names_in(folder.path()).size() == 2);
  io::write_file(folder / "y", "");
  CHECK(names_in(folder.path()).size() == 2);
}

TEST_CASE("saving: what a living writer writes is left alone", "[io]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  io::AtomicFile slow(path);
  slow.write("slow");
  for (int i = 0; i < 3; ++i) io::write_file(path, "fast");
  CHECK(in_child([&] {
          io::write_file(path, "another process");
          return 0;
        }) == 0);
  CHECK(names_in(folder.path()).size() == 2);
  slow.commit();
  CHECK(io::read_file(path) == "slow");
  CHECK(names_in(folder.path()) == std::vector<std::string>{"x"});
  // Nor is a file removed that took a name over: here the folder was cleared by somebody.
  {
    io::AtomicFile robbed(path);
    for (const std::string& name : names_in(folder.path()))
      if (name != "x") fs::remove(folder / name);
    const io::AtomicFile other(path);
    CHECK_THROWS_AS(robbed.commit(), FileError);
    CHECK(names_in(folder.path()).size() == 2);
  }
  CHECK(io::read_file(path) == "slow");
  CHECK(names_in(folder.path()).size() == 1);
}

TEST_CASE("saving: a name that is taken by something else", "[io]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  std::string taken;
  {
    const io::AtomicFile file(path);
    taken = names_in(folder.path())[0];
  }
  fs::create_directory(folder / taken);
  io::write_file(path, "new");
  CHECK(io::read_file(path) == "new");
  CHECK(fs::is_directory(folder / taken));
  fs::remove(folder / taken);
  io::write_file(folder / "elsewhere", "precious");
  fs::create_symlink("elsewhere", folder / taken);
  io::write_file(path, "newer");
  CHECK(io::read_file(folder / "elsewhere") == "precious");
  CHECK(names_in(folder.path()).size() == 3);
}

TEST_CASE("saving: from many processes and threads at once", "[io]") {
  const TemporaryFolder folder;
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        for (int n = 0; n < 20; ++n)
          io::write_file(folder / "x", std::string(10'000, static_cast<char>('a' + i)));
        ::_exit(0);
      } catch (...) {
        ::_exit(1);
      }
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  const std::string bytes = io::read_file(folder / "x");
  CHECK(bytes == std::string(10'000, bytes[0]));
  CHECK(names_in(folder.path()).size() == 1);
}

TEST_CASE("saving: names as long as a folder can have", "[io]") {
  const TemporaryFolder folder;
  for (const size_t size : {242U, 243U, 254U, 255U}) {
    INFO(size);
    const std::string path = folder / std::string(size, 'n');
    io::write_file(path, "x");
    CHECK(io::read_file(path) == "x");
    CHECK(names_in(folder.path()).size() == 1);
    fs::remove(path);
  }
  CHECK(failure(folder / std::string(256, 'n')) == "File name too long");
  const std::string weights = folder / (std::string(243, 'w') + ".safetensors");
  io::save_state(weights, {{"w", ones({2})}});
  CHECK(equal(io::load_state(weights)["w"], ones({2})));
}

TEST_CASE("saving: a path with a NUL is refused", "[io][errors]") {
  const TemporaryFolder folder;
  const std::string path = folder / std::string("x\0.npz", 6);
  const nn::StateDict state{{"w", ones({2})}};
  const std::string text =
      "cannot write \"" + (folder / "x") + "\\x00.npz\": a path cannot have a NUL in it";
  CHECK_THROWS_WITH(io::write_file(path, ""), text);
  CHECK_THROWS_AS(io::write_file(path, ""), FileError);
  CHECK_THROWS_WITH(io::save_state(path, state), text);
  CHECK_THROWS_WITH(io::save_npz(path, state), text);
  CHECK_THROWS_WITH(io::save_npy(path, ones({2})), text);
  CHECK_THROWS_WITH(io::save_torch(path, state), text);
  CHECK_THROWS_WITH(io::save_safetensors(path, state), text);
  CHECK_THROWS_WITH(data::write_csv(path, ones({2})), text);
  CHECK(names_in(folder.path()).empty());
  io::write_file(folder / "x", "1");
  const std::string read =
      "cannot read \"" + (folder / "x") + "\\x00.npz\": a path cannot have a NUL in it";
  CHECK_THROWS_WITH(io::read_file(path), read);
  CHECK_THROWS_WITH(io::load_state(path), read);
  CHECK_THROWS_WITH(io::load_npz(path), read);
  CHECK_THROWS_WITH(io::load_npy(path, {.mmap = false}), read);
  CHECK_THROWS_WITH(io::load_torch(path), read);
  CHECK_THROWS_WITH(io::load_safetensors(path), read);
  CHECK_THROWS_WITH(io::safetensors_metadata(path), read);
  CHECK_THROWS_WITH(data::read_csv(path), read);
}

#ifdef __linux__
TEST_CASE("saving: an interrupted flush is tried again, and the folder is flushed", "[io]") {
  const TemporaryFolder folder;
  interruptions = 5;
  flushed_files = flushed_folders = 0;
  io::write_file(folder / "x", "x");
  CHECK(interruptions == 0);
  CHECK(flushed_before_rename == 1);  // the bytes are on the disk before the name is
  CHECK(flushed_files == 1);
  CHECK(flushed_folders == 1);
  CHECK(io::read_file(folder / "x") == "x");
  for (const int error : {EIO, ENOSPC, EDQUOT}) {  // disks that tell late that they are full
    flush_error = error;
    const std::string text = failure(folder / "x");
    flush_error = 0;
    CHECK(text == std::strerror(error));
    CHECK(io::read_file(folder / "x") == "x");
    CHECK(names_in(folder.path()).size() == 1);
  }
}
#endif

TEST_CASE("saving: signals do not disturb", "[io]") {
  const TemporaryFolder folder;
  struct sigaction action {
  }, before{};
  action.sa_handler = [](int) {};  // without SA_RESTART: calls are interrupted
  REQUIRE(::sigaction(SIGALRM, &action, &before) == 0);
  const itimerval often{{0, 200}, {0, 200}};
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &often, nullptr);
  std::string error;
  try {
    for (int i = 0; i < 50; ++i) {
      io::write_file(folder / "x", std::string(1'000'000, 'x'));
      if (io::read_file(folder / "x").size() != 1'000'000) error = "short";
    }
  } catch (const Error& e) {
    error = e.what();
  }
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::sigaction(SIGALRM, &before, nullptr);
  CHECK(error == "");
}

TEST_CASE("saving: links are followed, also those to nothing", "[io]") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "run");
  fs::create_symlink("run/3.pt", folder / "latest");  // relative to its own folder
  fs::create_symlink("latest", folder / "best");
  io::write_file(folder / "best", "new");
  CHECK(fs::is_symlink(folder / "best"));
  CHECK(fs::is_symlink(folder / "latest"));
  CHECK_FALSE(fs::is_symlink(folder / "run/3.pt"));
  CHECK(io::read_file(folder / "run/3.pt") == "new");
  io::write_file(folder / "best", "newer");
  CHECK(io::read_file(folder / "run/3.pt") == "newer");
  CHECK(names_in(folder / "run").size() == 1);
  fs::create_symlink(folder / "run/4.pt", folder / "absolute");
  io::save_state(folder / "run/x.npz", {{"w", ones({2})}});
  io::write_file(folder / "absolute", "4");
  CHECK(io::read_file(folder / "run/4.pt") == "4");
  fs::create_symlink("none/x", folder / "lost");
  CHECK(failure(folder / "lost") == "No such file or directory");
  fs::create_symlink("circle", folder / "circle");
  CHECK(failure(folder / "circle") == "Too many levels of symbolic links");
  fs::create_symlink("run", folder / "folder");
  CHECK(failure(folder / "folder") == "Is a directory");
  CHECK(failure(folder / "new/") != "");
  CHECK(failure("") == "No such file or directory");
}

TEST_CASE("saving: a limit or a closed pipe does not end the process", "[io][errors]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  io::write_file(path, "old");
  CHECK(in_child([&] {
          const rlimit limit{1000, 1000};
          ::setrlimit(RLIMIT_FSIZE, &limit);
          std::signal(SIGXFSZ, SIG_DFL);
          const nn::StateDict large{{"w", ones({1000})}};
          int failures = 0;
          for (const std::string name : {"x.npz", "x.pt", "x.safetensors"}) try {
              io::save_state(folder / name, large);
            } catch (const FileError& error) {
              failures += std::string_view(error.what()).ends_with(": File too large");
            }
          try {
            io::write_file(path, std::string(5000, 'x'));
          } catch (const FileError&) {
            ++failures;
          }
          return failures == 4 ? 0 : 1;
        }) == 0);
  CHECK(io::read_file(path) == "old");
  CHECK(names_in(folder.path()).size() == 1);
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(in_child([&] {
          std::signal(SIGPIPE, SIG_DFL);
          // Opened to be read and closed when the writer is there.
          const int reader = ::open((folder / "pipe").c_str(), O_RDONLY | O_NONBLOCK);
          io::AtomicFile file(folder / "pipe");
          ::close(reader);
          try {
            file.write("x");
          } catch (const FileError& error) {
            return std::string_view(error.what()).ends_with(": Broken pipe") ? 0 : 1;
          }
          return 2;
        }) == 0);
}

TEST_CASE("saving: an open file that a path names is written to where it stands", "[io]") {
  const TemporaryFolder folder;
  const std::string path = folder / "log";
  io::write_file(path, "before ");
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  REQUIRE(descriptor >= 0);
  for (const std::string way : {"/proc/self/fd/", "/dev/fd/"})
    io::write_file(way + std::to_string(descriptor), "and behind ");
  CHECK(::write(descriptor, "it", 2) == 2);
  ::close(descriptor);
  CHECK(io::read_file(path) == "before and behind and behind it");
  CHECK(names_in(folder.path()).size() == 1);
  CHECK_THROWS_AS(io::write_file("/proc/self/fd/999999", "x"), FileError);
  // At a place in the middle, archives find their way back to it.
  const int archive = ::open((folder / "a.npz").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  io::save_npz("/dev/fd/" + std::to_string(archive), {{"x", ones({100})}}, true);
  ::close(archive);
  CHECK(equal(io::load_npz(folder / "a.npz")["x"], ones({100})));
}
