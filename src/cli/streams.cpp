#include "cli/streams.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>

#include "cli/output.h"
#include "wick/error.h"
#include "wick/io/file.h"

namespace wick::cli {
namespace {

std::map<std::string, std::string>& kept() {
  static std::map<std::string, std::string> streams;  // by the name in messages
  return streams;
}

struct Close {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

std::string read_all(const std::string& path) {
  std::unique_ptr<std::FILE, Close> file(path == standard_stream ? stdin
                                                                 : std::fopen(path.c_str(), "rb"));
  const auto fail = [&] {
    throw FileError(fmt::format("cannot read {}: {}", shown_path(path), std::strerror(errno)));
  };
  if (!file) fail();
  std::string bytes;
  std::array<char, 1 << 16> buffer;
  while (const size_t size = std::fread(buffer.data(), 1, buffer.size(), file.get()))
    bytes.append(buffer.data(), size);
  if (std::ferror(file.get()) != 0) fail();
  return bytes;
}

/// A folder of its own for one file, which goes with it.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view extension) {
    std::string folder = (std::filesystem::temp_directory_path() / "wick-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr)
      throw FileError(fmt::format("cannot make a folder {}: {}", folder, std::strerror(errno)));
    folder_ = folder;
    path_ = fmt::format("{}/stream{}", folder_, extension);
  }
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string folder_;
  std::string path_;
};

/// Calls `use` with the path of `file`; errors name `name` instead.
void renamed(const TemporaryFile& file, const std::string& name,
             const std::function<void(const std::string&)>& use) {
  try {
    use(file.path());
  } catch (const FileError& error) {
    std::string text = error.what();
    for (size_t at = 0; (at = text.find(file.path(), at)) != text.npos; at += name.size())
      text.replace(at, file.path().size(), name);
    throw FileError(text);
  }
}

}  // namespace

bool is_stream(const std::string& path) {
  if (path == standard_stream) return true;
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

std::string shown_path(const std::string& path) {
  return path == standard_stream ? "<stdin>" : path;
}

const std::string& stream_bytes(const std::string& path) {
  const std::string name = shown_path(path);
  const auto found = kept().find(name);
  return found != kept().end() ? found->second : kept()[name] = read_all(path);
}

const std::string* kept_stream(const std::string& name) {
  const auto found = kept().find(name);
  return found == kept().end() ? nullptr : &found->second;
}

void with_file(const std::string& path, const std::function<void(const std::string&)>& read) {
  if (!is_stream(path)) return read(path);
  const TemporaryFile file("");
  io::write_file(file.path(), stream_bytes(path));
  renamed(file, shown_path(path), read);
}

void to_file(const std::string& path, std::string_view extension,
             const std::function<void(const std::string&)>& write) {
  if (!is_stream(path)) return write(path);
  const TemporaryFile file(extension);
  renamed(file, path == standard_stream ? "<stdout>" : path, write);
  write_bytes(path, io::read_file(file.path()));
}

void write_bytes(const std::string& path, std::string_view bytes) {
  if (path == standard_stream)
    print(bytes);
  else
    io::write_file(path, bytes);
}

}  // namespace wick::cli
