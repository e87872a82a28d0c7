// Who may read and write a file that was replaced.
#include "io/file_attributes.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "catch.h"
#include "io/atomic_file.h"
#include "io/saving.h"
#include "io/temporary_folder.h"
#include "wick/io/file.h"

#ifdef __linux__
#include <sys/xattr.h>
#endif

using namespace wick;
namespace fs = std::filesystem;

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
  for (const mode_t mode : {0600U, 0640U, 0666U, 0755U, 0200U}) {
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
#endif
