// Checkpoints that wick wrote.
#include "catch.h"
#include "io/sample_tensors.h"
#include "io/temporary_folder.h"
#include "io/torch.h"
#include "io/zip.h"
#include "wick/io/file.h"
#include "wick/io/torch_checkpoint.h"

using namespace wick;

namespace {

nn::StateDict round_trip(const nn::StateDict& state) {
  const TemporaryFolder folder;
  io::save_torch(folder / "state.pt", state);
  return io::load_torch(folder / "state.pt");
}

/// The bytes of the storages in an archive.
std::vector<int64_t> storage_sizes(const nn::StateDict& state) {
  const TemporaryFolder folder;
  io::save_torch(folder / "state.pt", state);
  const io::ZipReader zip(io::MappedFile::open(folder / "state.pt"));
  std::vector<int64_t> sizes;
  for (const io::ZipEntry& entry : zip.entries()) {
    CHECK(entry.offset % 64 == 0);
    CHECK(!entry.compressed);
    if (entry.name.starts_with("archive/data/")) sizes.push_back(entry.size);
  }
  return sizes;
}

}  // namespace

TEST_CASE("torch: every bit comes back, in order", "[io]") {
  const nn::StateDict state = any_state(all_dtypes);
  const nn::StateDict back = round_trip(state);
  CHECK(difference(state, back) == "");
  auto at = state.begin();
  for (const auto& [name, tensor] : back) CHECK(name == (at++)->first);
  CHECK(round_trip({}).empty());
}

TEST_CASE("torch: the same state gives the same bytes", "[io]") {
  const TemporaryFolder folder;
  const nn::StateDict state = any_state(all_dtypes);
  io::save_torch(folder / "a.pt", state);
  io::save_torch(folder / "b.pt", io::load_torch(folder / "a.pt"));
  CHECK(io::read_file(folder / "a.pt") == io::read_file(folder / "b.pt"));
}

TEST_CASE("torch: tied tensors stay tied, others are written alone", "[io]") {
  const Tensor base = any_bits({100, 10}, float32, 1);
  const nn::StateDict tied = round_trip({{"a", base}, {"b", base.t()}, {"c", base(slice(5, 8))}});
  CHECK(tied["a"].shares_storage(tied["b"]));
  CHECK(tied["a"].shares_storage(tied["c"]));
  CHECK(tied["b"].strides() == Shape{1, 10});
  CHECK(same(tied["c"], base(slice(5, 8))));

  CHECK(storage_sizes({{"a", base}, {"b", base.t()}, {"c", base(slice(5, 8))}}) ==
        std::vector<int64_t>{4000});
  // Of one view, its own elements; rows beside each other share nothing.
  CHECK(storage_sizes({{"column", base(all, 0)}}) == std::vector<int64_t>{400});
  CHECK(storage_sizes({{"z", base(slice(50, 100))}, {"a", base(slice(0, 50))}}) ==
        std::vector<int64_t>{2000, 2000});
  CHECK(storage_sizes({{"columns", base(all, slice(0, 2))}, {"one", base(all, slice(1, 2))}}) ==
        std::vector<int64_t>{3968});
  // What is repeated is written once.
  const Tensor repeated = any_bits({1, 10}, float32, 2).expand({1'000'000, 10});
  CHECK(storage_sizes({{"repeated", repeated}}) == std::vector<int64_t>{40});
  CHECK(round_trip({{"repeated", repeated}})["repeated"].strides() == Shape{0, 1});
  CHECK(storage_sizes({{"none", base(slice(3, 3))}}) == std::vector<int64_t>{0});
}

TEST_CASE("torch: strange names are names too", "[io]") {
  nn::StateDict state;
  for (const std::string& name : {std::string(), std::string("a\nb\"'\\"), std::string("é 中 😀"),
                                  std::string("zero\0byte", 9), std::string(70'000, 'n')})
    state.set(name, any_bits({2}, float32, 3));
  CHECK(difference(state, round_trip(state)) == "");
}

TEST_CASE("torch: what cannot be saved", "[io]") {
  const TemporaryFolder folder;
  const std::string path = folder / "state.pt";
  io::write_file(path, "old");
  CHECK_THROWS_WITH(io::save_torch(path, {{"w", Tensor()}}),
                    "cannot save \"w\": the tensor is undefined");
  CHECK_THROWS_WITH(io::save_torch(path, {{"w", zeros({2}, {.device = Device::meta})}}),
                    "cannot save \"w\": it is on the meta device and has no elements");
  CHECK_THROWS_AS(io::save_torch(path, {{"w", Tensor()}}), ValueError);
  CHECK_THROWS_WITH(io::save_torch(path, {{"w\xff", zeros({2})}}),
                    "cannot save \"w\\xff\": the name is not UTF-8");
  CHECK_THROWS_AS(io::save_torch(folder / "none/state.pt", {{"w", zeros({2})}}), FileError);
  CHECK_THROWS_AS(io::save_torch("/dev/full", {{"w", zeros({2})}}), FileError);
  CHECK(io::read_file(path) == "old");
}

TEST_CASE("torch: views that have one element in common stay views of one storage", "[io]") {
  const TemporaryFolder folder;
  const std::string path = folder / "x.pt";
  const Tensor x = wick::arange(10.);
  io::save_torch(path,
                 {{"a", x.narrow(0, 0, 4)}, {"b", x.narrow(0, 3, 4)}, {"c", x.narrow(0, 7, 3)}});
  const nn::StateDict read = io::load_torch(path);
  CHECK(read["a"].shares_storage(read["b"]));
  CHECK_FALSE(read["b"].shares_storage(read["c"]));  // which begins behind it
  CHECK(equal(read["a"], x.narrow(0, 0, 4)));
  CHECK(equal(read["b"], x.narrow(0, 3, 4)));
  CHECK(equal(read["c"], x.narrow(0, 7, 3)));
  // The same in the other order, and through one that reaches over both.
  io::save_torch(path, {{"b", x.narrow(0, 3, 4)}, {"a", x.narrow(0, 0, 4)}, {"all", x}});
  const nn::StateDict three = io::load_torch(path);
  CHECK(three["a"].shares_storage(three["all"]));
  CHECK(three["b"].shares_storage(three["all"]));
}
