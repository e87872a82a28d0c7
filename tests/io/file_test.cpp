#include "wick/io/file.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "catch.h"
#include "io/mapped_file.h"
#include "io/temporary_folder.h"

using namespace wick;
namespace fs = std::filesystem;

namespace {

size_t file_count(const fs::path& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), {}));
}

unsigned permissions(const std::string& path) {
  return static_cast<unsigned>(fs::status(path).permissions());
}

/// Writing beyond so many bytes fails, as on a disk that is full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

}  // namespace

TEST_CASE("files: what is written is read", "[io]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
  for (const std::string& bytes : {std::string(), every_byte, std::string(3'000'000, 'x')}) {
    io::write_file(path, bytes);
    CHECK(io::read_file(path) == bytes);
    CHECK(io::MappedFile::open(path)->bytes() == bytes);
  }
  CHECK(file_count(folder.path()) == 1);
}

TEST_CASE("files: limits and what is no file", "[io][errors]") {
  const TemporaryFolder folder;
  io::write_file(folder / "x", "12345");
  CHECK(io::read_file(folder / "x", 5) == "12345");
  CHECK_THROWS_WITH(io::read_file(folder / "x", 4),
                    "cannot read " + (folder / "x") + ": it has 5 bytes, more than the limit of 4");
  CHECK_THROWS_AS(io::read_file(folder / "x", 4), FileError);
  CHECK_THROWS_WITH(io::read_file(folder / "y"),
                    "cannot read " + (folder / "y") + ": No such file or directory");
  const std::string path = folder.path().string();
  CHECK_THROWS_WITH(io::read_file(path), "cannot read " + path + ": Is a directory");
  CHECK_THROWS_WITH(io::write_file(path, ""), "cannot write " + path + ": Is a directory");
  CHECK_THROWS_WITH(io::MappedFile::open(path), "cannot read " + path + ": Is a directory");
  CHECK_THROWS_WITH(io::read_file("/dev/null"), "cannot read /dev/null: not a regular file");
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS_AS(io::read_file(folder / "pipe"), FileError);  // and does not wait for a writer
  CHECK_THROWS_WITH(io::write_file(folder / "none/x", ""),
                    "cannot write " + (folder / "none/x") + ": No such file or directory");
  CHECK_THROWS_AS(io::write_file("", ""), FileError);
}

TEST_CASE("files: without a commit the old one stays, and nothing else", "[io]") {
  const TemporaryFolder folder;
  io::write_file(folder / "x", "old");
  {
    io::AtomicFile file(folder / "x");
    file.write("new");
    CHECK(file.size() == 3);
    CHECK(io::read_file(folder / "x") == "old");
    CHECK(file_count(folder.path()) == 2);
  }
  CHECK(io::read_file(folder / "x") == "old");
  CHECK(file_count(folder.path()) == 1);
  { const io::AtomicFile file(folder / "y"); }
  CHECK_FALSE(fs::exists(folder / "y"));
}

TEST_CASE("files: a disk that is full leaves the old file", "[io][errors]") {
  // /dev/full takes no byte: the error of the write comes through.
  if (fs::exists("/dev/full"))
    CHECK_THROWS_WITH(io::write_file("/dev/full", "x"),
                      "cannot write /dev/full: No space left on device");
  const TemporaryFolder folder;
  const std::string path = folder / "x";
  io::write_file(path, "old");
  {
    const FileSizeLimit limit(1000);
    CHECK_THROWS_WITH(io::write_file(path, std::string(5000, 'x')),
                      "cannot write " + path + ": File too large");
  }
  CHECK(io::read_file(path) == "old");
  CHECK(file_count(folder.path()) == 1);
  io::AtomicFile file(path);
  file.write("new");
  fs::remove_all(folder.path());  // so the renaming fails
  CHECK_THROWS_AS(file.commit(), FileError);
}

TEST_CASE("files: many writers leave one whole file", "[io]") {
  const TemporaryFolder folder;
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i)
    writers.emplace_back([&folder, i] {
      for (int n = 0; n < 5; ++n)
        io::write_file(folder / "x", std::string(10'000, static_cast<char>('a' + i)));
    });
  for (std::thread& writer : writers) writer.join();
  const std::string bytes = io::read_file(folder / "x");
  CHECK(bytes == std::string(10'000, bytes[0]));
  CHECK(file_count(folder.path()) == 1);
}

TEST_CASE("files: devices and pipes are written to, not replaced", "[io]") {
  io::write_file("/dev/null", "x");
  CHECK(fs::is_character_file("/dev/null"));
  const TemporaryFolder folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  std::string got;
  std::thread reader([&] {
    std::ifstream in(folder / "pipe");
    got.assign(std::istreambuf_iterator<char>(in), {});
  });
  io::write_file(folder / "pipe", "through");
  reader.join();
  CHECK(got == "through");
  CHECK(fs::is_fifo(folder / "pipe"));
}

TEST_CASE("files: links and permissions stay", "[io]") {
  const TemporaryFolder folder;
  io::write_file(folder / "x", "old");
  fs::permissions(folder / "x", fs::perms(0640));
  fs::create_symlink("x", folder / "link");
  io::write_file(folder / "link", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK_FALSE(fs::is_symlink(folder / "x"));
  CHECK(io::read_file(folder / "x") == "new");
  CHECK(permissions(folder / "x") == 0640);
  // New files are what the process makes them.
  const mode_t mask = ::umask(027);
  io::write_file(folder / "y", "");
  ::umask(mask);
  CHECK(permissions(folder / "y") == 0640);
  CHECK(file_count(folder.path()) == 3);
  // A link to nothing becomes a file, like a name that nothing has.
  fs::create_symlink("nowhere", folder / "dangling");
  io::write_file(folder / "dangling", "z");
  CHECK(io::read_file(folder / "dangling") == "z");
}

TEST_CASE("files: a folder that cannot be written to", "[io][errors]") {
  if (::geteuid() == 0) return;  // root writes everywhere
  const TemporaryFolder folder;
  fs::create_directory(folder / "locked");
  fs::permissions(folder / "locked", fs::perms(0500));
  CHECK_THROWS_WITH(io::write_file(folder / "locked/x", ""),
                    "cannot write " + (folder / "locked/x") + ": Permission denied");
}
