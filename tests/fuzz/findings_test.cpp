// What the fuzzers once found stays mended: fuzz/findings/<target>/* must give an error or an
// answer. The golden files, which are the fuzzers' seeds, go through every target as well.
#include <filesystem>

#include "catch.h"
#include "fuzz/targets.h"
#include "golden_path.h"
#include "wick/io/file.h"

TEST_CASE("what the fuzzers found stays mended", "[fuzz]") {
  namespace fs = std::filesystem;
  for (const fuzz::Target& target : fuzz::targets()) {
    const fs::path folder = golden_path("../fuzz/findings/" + std::string(target.name));
    if (!fs::exists(folder)) continue;
    for (const auto& entry : fs::directory_iterator(folder)) {
      INFO(entry.path());
      CHECK_NOTHROW(fuzz::run(target, wick::io::read_file(entry.path().string())));
    }
  }
}

TEST_CASE("every fuzz target takes every golden file", "[fuzz]") {
  namespace fs = std::filesystem;
  int files = 0;
  for (const std::string folder : {"io", "models/valid", "models/invalid", "models/unfit"})
    for (const auto& entry : fs::directory_iterator(golden_path(folder))) {
      const std::string bytes = wick::io::read_file(entry.path().string());
      ++files;
      for (const fuzz::Target& target : fuzz::targets()) {
        INFO(target.name << " " << entry.path());
        CHECK_NOTHROW(fuzz::run(target, bytes));
      }
    }
  CHECK(files > 50);
}
