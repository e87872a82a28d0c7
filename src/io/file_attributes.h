// What stays of a file that another takes the place of.
#pragma once

#include <sys/stat.h>

#include <string>

namespace wick::io {

/// Gives the file that is open as `to` the owner, group, mode, access control list and extended
/// attributes of the file at `path`, whose status is `old`, as far as the system lets: who is not
/// root cannot give a file away. What cannot stay never gives anybody more rights than before.
void take_attributes(const std::string& path, const struct stat& old, int to);

}  // namespace wick::io
