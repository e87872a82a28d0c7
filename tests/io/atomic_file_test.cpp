// What a writer leaves, and what it takes the place of.
#include "io/atomic_file.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <thread>

#include "catch.h"
#include "io/temporary_folder.h"
#include "wick/wick.h"

#ifdef __linux__
#include <sys/xattr.h>
#endif

using namespace wick;
namespace fs = std::filesystem;

namespace {

std::atomic<int> interruptions{0};  // of fsync, that are still to come
std::atomic<int> flush_error{0};    // what fsync then fails with
std::atomic<int> flushed_files{0};
std::atomic<int> flushed_folders{0};

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
#endif

namespace {

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  return names;
}

/// Why `path` cannot be written, without "cannot write <path>: "; "" if it can.
std::string failure(const std::string& path) {
  try {
    io::write_file(path, "new");
    return "";
  } catch (const FileError& error) {
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
  for (const size_t size : {242, 243, 254, 255}) {
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

TEST_CASE("saving: a read-only file is refused", "[io][errors]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  io::write_file(path, "old");
  fs::permissions(path, fs::perms(0444));
  const std::string text = "the file is read-only; make it writable, or remove it, to replace it";
  CHECK(failure(path) == text);
  fs::create_symlink("x", folder / "link");
  CHECK(failure(folder / "link") == text);
  CHECK(io::read_file(path) == "old");
  CHECK(names_in(folder.path()).size() == 2);
  CHECK(fs::status(path).permissions() == fs::perms(0444));
}

TEST_CASE("saving: as somebody else", "[io][errors]") {
  if (::geteuid() != 0) return;  // only root can be somebody else
  constexpr uid_t nobody = 65534;
  const TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms(0777));
  const std::string path = folder / "x";
  io::write_file(path, "old");
  const auto as_nobody = [&](auto f) {
    return in_child([&] {
      const gid_t groups[] = {nobody};
      if (::setgroups(1, groups) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0) return 98;
      return f() ? 0 : 1;
    });
  };
  // Root's file may not be written: it is not replaced, though the folder would allow that.
  fs::permissions(path, fs::perms(0644));
  CHECK(as_nobody([&] { return failure(path) == "Permission denied"; }) == 0);
  CHECK(io::read_file(path) == "old");
  // It may, but not be given to root: nobody who could not read it before can now.
  fs::permissions(path, fs::perms(04662));
  CHECK(as_nobody([&] { return failure(path).empty(); }) == 0);
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK(io::read_file(path) == "new");
  CHECK(status.st_uid == nobody);
  CHECK((status.st_mode & 07777) == 0622);
  CHECK(names_in(folder.path()).size() == 1);
  fs::create_directory(folder / "locked");
  CHECK(as_nobody([&] { return failure(folder / "locked/x") == "Permission denied"; }) == 0);
}

TEST_CASE("saving: owner, group and mode stay", "[io]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  io::write_file(path, "old");
  const bool is_root = ::geteuid() == 0;
  if (is_root) REQUIRE(::chown(path.c_str(), 1234, 5678) == 0);
  for (const mode_t mode : {0600, 0640, 0666, 0755, 0200}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    const mode_t mask = ::umask(077);
    io::write_file(path, "new");
    ::umask(mask);
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == mode);
    CHECK(status.st_uid == (is_root ? 1234 : ::geteuid()));
    if (is_root) CHECK(status.st_gid == 5678);
  }
  // Until it is in place, what is written is nobody else's.
  io::AtomicFile file(path);
  file.write("secret");
  for (const std::string& name : names_in(folder.path()))
    if (name != "x") CHECK(fs::status(folder / name).permissions() == fs::perms(0600));
}

#ifdef __linux__
TEST_CASE("saving: access control lists and attributes stay", "[io]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  io::write_file(path, "old");
  constexpr const char* list_name = "system.posix_acl_access";
  // Version 2: the owner rw-, user 1000 r--, the group r--, the mask r--, others ---.
  struct Entry {
    uint16_t tag, rights;
    uint32_t id;
  };
  constexpr uint32_t no_id = 0xFFFFFFFF;
  const struct {
    uint32_t version = 2;
    Entry entries[5] = {{1, 6, no_id}, {2, 4, 1000}, {4, 4, no_id}, {16, 4, no_id}, {32, 0, no_id}};
  } list;
  const auto value = [](const std::string& of, const char* name) {
    std::string bytes(100, '\0');
    const ssize_t size = ::getxattr(of.c_str(), name, bytes.data(), bytes.size());
    return size < 0 ? "none" : bytes.substr(0, static_cast<size_t>(size));
  };
  const bool has_user = ::setxattr(path.c_str(), "user.note", "mine", 4, 0) == 0;
  const bool has_lists = ::setxattr(path.c_str(), list_name, &list, sizeof list, 0) == 0;
  if (!has_user && !has_lists) return;  // a file system without them
  const std::string before = value(path, list_name);
  io::write_file(path, "new");
  CHECK(io::read_file(path) == "new");
  if (has_user) CHECK(value(path, "user.note") == "mine");
  CHECK(value(path, list_name) == before);
  if (!has_lists) return;
  CHECK((fs::status(path).permissions() & fs::perms::mask) == fs::perms(0640));
  // What the folder gives new files is not for one that was there.
  io::write_file(folder / "y", "old");
  REQUIRE(::chmod((folder / "y").c_str(), 0640) == 0);
  REQUIRE(::setxattr(folder.path().c_str(), "system.posix_acl_default", &list, sizeof list, 0) ==
          0);
  io::write_file(folder / "y", "new");
  CHECK(value(folder / "y", list_name) == "none");
  CHECK((fs::status(folder / "y").permissions() & fs::perms::mask) == fs::perms(0640));
  io::write_file(folder / "z", "");
  CHECK(value(folder / "z", list_name) != "none");
}

TEST_CASE("saving: an interrupted flush is tried again, and the folder is flushed", "[io]") {
  const TemporaryFolder folder;
  interruptions = 5;
  flushed_files = flushed_folders = 0;
  io::write_file(folder / "x", "x");
  CHECK(interruptions == 0);
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
