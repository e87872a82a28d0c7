#include "io/file_attributes.h"

#include <unistd.h>

#include <string_view>

#ifdef __linux__
#include <sys/xattr.h>
#endif

namespace wick::io {
namespace {

#ifdef __linux__

constexpr const char* access_list = "system.posix_acl_access";

/// The others are about the content, or about the file system.
bool is_kept(std::string_view name) {
  return name.starts_with("user.") || name.starts_with("system.") || name == "security.selinux";
}

void copy_attribute(const char* path, const char* name, int to) {
  const ssize_t size = ::lgetxattr(path, name, nullptr, 0);
  if (size < 0) return;
  std::string value(static_cast<size_t>(size), '\0');
  if (::lgetxattr(path, name, value.data(), value.size()) == size)
    (void)::fsetxattr(to, name, value.data(), value.size(), 0);
}

void copy_attributes(const std::string& path, int to) {
  // A folder may give every new file a list, which the old one need not have had.
  (void)::fremovexattr(to, access_list);
  const ssize_t size = ::llistxattr(path.c_str(), nullptr, 0);
  if (size <= 0) return;
  std::string names(static_cast<size_t>(size), '\0');
  const ssize_t got = ::llistxattr(path.c_str(), names.data(), names.size());
  if (got < 0) return;
  names.resize(static_cast<size_t>(got));
  for (size_t at = 0; at < names.size();) {
    const std::string name = names.c_str() + at;
    if (is_kept(name)) copy_attribute(path.c_str(), name.c_str(), to);
    at += name.size() + 1;
  }
}

#else

void copy_attributes(const std::string&, int) {}

#endif

}  // namespace

void take_attributes(const std::string& path, const struct stat& old, int to) {
  constexpr auto unchanged_user = static_cast<uid_t>(-1);
  constexpr auto unchanged_group = static_cast<gid_t>(-1);
  struct stat now {};
  if (::fstat(to, &now) != 0) return;
  const bool same_group = now.st_gid == old.st_gid || ::fchown(to, unchanged_user, old.st_gid) == 0;
  const bool same_user = now.st_uid == old.st_uid || ::fchown(to, old.st_uid, unchanged_group) == 0;
  mode_t mode = old.st_mode & 07777;
  if (!same_user) mode &= ~static_cast<mode_t>(S_ISUID);
  if (same_group) {
    copy_attributes(path, to);
  } else {  // another group gets what everybody has
    mode &= ~static_cast<mode_t>(S_ISGID);
    mode &= (mode & 07) << 3 | ~static_cast<mode_t>(070);
  }
  (void)::fchmod(to, mode);
}

}  // namespace wick::io
