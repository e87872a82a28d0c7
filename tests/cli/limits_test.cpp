// The parts of the program at their edges: tolerances that are just met, files of one tensor, of
// several and of none, contexts of lines, runs that are counted.
#include <catch.h>

#include <cmath>
#include <limits>

#include "cli/diff.h"
#include "cli/layer_times.h"
#include "cli/output.h"
#include "cli/problems.h"
#include "cli/progress.h"
#include "cli/shape_text.h"
#include "cli/tensor_file.h"
#include "cli/usage_error.h"
#include "cli/weights.h"
#include "io/temporary_folder.h"
#include "wick/nn/activation.h"
#include "wick/nn/container.h"
#include "wick/nn/linear.h"
#include "wick/ops.h"

namespace wick::cli {

using Lines = std::vector<std::string>;

TEST_CASE("tolerances are met exactly, and not by a bit more", "[cli]") {
  const auto differs = [](double a, double b, const Tolerance& tolerance) {
    const auto found =
        compare({{"x", tensor({a}, float64)}}, {{"x", tensor({b}, float64)}}, tolerance);
    return !found.empty();
  };
  CHECK_FALSE(differs(1.5, 1, {.atol = 0.5}));
  CHECK(differs(std::nextafter(1.5, 2.0), 1, {.atol = 0.5}));
  CHECK_FALSE(differs(1.5, 1, {.rtol = 0.5}));
  CHECK_FALSE(differs(-1.5, -1, {.rtol = 0.5}));  // of the size of b
  CHECK(differs(1, 1.5, {.rtol = 0.3125}));
  CHECK_FALSE(differs(1.75, 1, {.atol = 0.5, .rtol = 0.25}));
  CHECK(differs(1.75, 1, {.atol = 0.5, .rtol = 0.125}));
  CHECK(differs(1, std::nextafter(1.0, 2.0), {}));
  CHECK_FALSE(differs(0, -0.0, {}));
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(differs(infinity, -infinity, {.atol = 1e300, .rtol = 1e300}));
  CHECK(differs(1, infinity, {.atol = 1e300}));
  CHECK(differs(std::nan(""), 1, {.atol = 1e300}));
  const auto found =
      compare({{"x", tensor({1., 0.}, float64)}}, {{"x", tensor({2., 0.5}, float64)}}, {});
  REQUIRE(found.size() == 1);
  CHECK(found[0].max_abs == 1);
  CHECK(found[0].max_rel == 1);  // 0.5 from 0 to 0.5
  const auto zero = compare({{"x", tensor({1.})}}, {{"x", tensor({0.})}}, {});
  CHECK(zero[0].max_rel == infinity);
  const auto integers = compare({{"x", tensor({5, 7})}}, {{"x", tensor({3, 7})}}, {.atol = 1});
  CHECK(integers[0].max_abs == 2);
  CHECK(integers[0].different == 1);
  CHECK(compare({{"x", tensor({5})}}, {{"x", tensor({3})}}, {.atol = 2}).empty());
  // The last element of a part and the first of the next: parts have 2^18 elements.
  for (const int64_t at :
       {int64_t{0}, int64_t{(1 << 18) - 1}, int64_t{1 << 18}, int64_t{2 << 18}}) {
    const Tensor x = zeros({(2 << 18) + 1}), y = zeros({(2 << 18) + 1});
    y[at].fill_(1);
    const auto one = compare({{"x", x}}, {{"x", y}}, {});
    REQUIRE(one.size() == 1);
    CHECK(one[0].different == 1);
    CHECK(one[0].elements == (2 << 18) + 1);
  }
  // Meta tensors are compared by their kind.
  const Tensor meta_a = zeros({2}, {.device = meta});
  CHECK(compare({{"x", meta_a}}, {{"x", ones({2})}}, {}).empty());
  CHECK(compare({{"x", meta_a}}, {{"x", ones({3})}}, {}).size() == 1);
}

TEST_CASE("two lines stand around a change", "[cli]") {
  CHECK(line_differences("1\n2\n3\nx\n4\n5\n6\n", "1\n2\n3\ny\n4\n5\n6\n") ==
        Lines{"  ...", "  2", "  3", "- x", "+ y", "  4", "  5", "  ..."});
  CHECK(line_differences("1\n2\nx\n4\n5\n", "1\n2\ny\n4\n5\n") ==
        Lines{"  1", "  2", "- x", "+ y", "  4", "  5"});
  CHECK(line_differences("x\n1\n2\n3\n4\n5\nz\n", "y\n1\n2\n3\n4\n5\nw\n") ==
        Lines{"- x", "+ y", "  1", "  2", "  ...", "  4", "  5", "- z", "+ w"});
  CHECK(line_differences("x\n1\n2\n3\n4\nz\n", "y\n1\n2\n3\n4\nw\n") ==
        Lines{"- x", "+ y", "  1", "  2", "  3", "  4", "- z", "+ w"});
  CHECK(line_differences("a\na\n", "a\na\na\n") == Lines{"  a", "  a", "+ a"});
  CHECK(line_differences("a\n\nb", "a\nb") == Lines{"  a", "- ", "  b"});
}

TEST_CASE("a file has one tensor, or says which", "[cli]") {
  const TemporaryFolder folder;
  const Tensor x = tensor({{1., 2.}, {3., 4.}});
  const auto format_of = [](const std::string& path) {
    return format_for(path, "", tensor_formats(), "tensors");
  };
  for (const char* name : {"x.csv", "x.npy", "x.npz", "x.pt", "x.pth", "x.safetensors", "x.NPY"}) {
    CAPTURE(name);
    write_tensor(folder / name, format_of(folder / name), x, "mine");
    CHECK(equal(read_tensor(folder / name, "").to(float32), x));
  }
  CHECK(equal(read_tensor(folder / "x.npz", "mine"), x));
  CHECK(read_tensor(folder / "x.csv", "").dtype() == float64);
  CHECK_THROWS_AS(read_tensor(folder / "x.npz", "other"), IndexError);
  for (const char* name : {"x", "npy", ".npy", "x.txt", "x.npy.gz", "x.csv/"})
    CHECK_THROWS_AS(format_of(name), UsageError);
  CHECK(has_extension("a.npy", ".npy"));
  CHECK(has_extension("a.NpY", ".npy"));
  CHECK_FALSE(has_extension(".npy", ".npy"));  // which is a name
  CHECK_FALSE(has_extension("a.npyx", ".npy"));
  CHECK_FALSE(has_extension("npy", ".npy"));
  CHECK(format_for("x", "npz", tensor_formats(), "tensors") == ".npz");
  CHECK_THROWS_AS(format_for("x.npz", "txt", tensor_formats(), "tensors"), UsageError);
}

TEST_CASE("sizes of weights in words", "[cli]") {
  CHECK(weights_text({}) == "0 tensors, 0 numbers, 0.0 MB");
  CHECK(weights_text({{"a", zeros({1})}}) == "1 tensor, 1 number, float32, 0.0 MB");
  CHECK(weights_text({{"a", zeros({1000, 125})}, {"b", zeros({2}, int64)}}) ==
        "2 tensors, 125,002 numbers, float32 and int64, 0.5 MB");
}

TEST_CASE("shapes have up to 16 sizes, none negative", "[cli]") {
  CHECK(parse_shape("1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1").size() == 16);
  CHECK(parse_shape("9223372036854775807") == Shape{INT64_MAX});
  CHECK(parse_shape("[3]") == Shape{3});
  CHECK(parse_shape("0") == Shape{0});
  CHECK(parse_shape("1 , 2") == Shape{1, 2});
  for (const char* bad :
       {"9223372036854775808", "-1", "1;2", "[1,2", "1,2]", "x", ",", "1,x2", "+1", "1e3", "0x10x"})
    CHECK_THROWS_AS(parse_shape(bad), UsageError);
}

TEST_CASE("as many runs as were asked for, each layer by its name", "[cli]") {
  nn::Sequential model{{"fc", nn::Linear(4, 4)}, {"block", nn::Sequential{nn::ReLU()}}};
  model.eval();
  int calls = 0;
  auto handle = model[0].register_forward_pre_hook([&](const nn::Module&, const Tensor&) {
    ++calls;
    return Tensor();
  });
  const LayerTimes times = measure(model, ones({2, 4}), 5);
  CHECK(times.repeats == 5);
  CHECK(calls == 2 + 2 * 5);
  CHECK(times.total > 0);
  REQUIRE(times.layers.size() == 2);
  CHECK(times.layers.contains("fc"));
  CHECK(times.layers.contains("block.0"));
  CHECK_FALSE(model[1].has_hooks());  // the watches are gone
  handle.remove();
  CHECK_FALSE(model[0].has_hooks());
}

TEST_CASE("text for people, at the ends", "[cli]") {
  CHECK(counted(0, "layer") == "0 layers");
  CHECK(counted(-1, "layer") == "-1 layers");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(999999) == "999,999");
  CHECK(grouped(1000000) == "1,000,000");
  CHECK(grouped(-999) == "-999");
  CHECK(grouped(-1000000) == "-1,000,000");
  CHECK(grouped(INT64_MIN) == "-9,223,372,036,854,775,808");
  CHECK(length("aé漢🦆") == 4);
  CHECK(printable("\x1f\x20\x7e\x7f") == "? ~?");
  CHECK(printable("\xC2\xA0\xE0\xA0\x80\xF4\x8F\xBF\xBF") ==
        "\xC2\xA0\xE0\xA0\x80\xF4\x8F\xBF\xBF");
  CHECK(printable("\xF5\x80") == "??");
  CHECK(printable("").empty());
  Table table({"A", "B", "C"}, "lrl");
  table.add({"1"});  // a row may be short
  table.add({"22", "333", "4"});
  CHECK(table.text(Style()) == "A     B  C\n1\n22  333  4\n");
  CHECK(progress_text(0, 0, 1).starts_with("[##############################] 100 % (0/0)"));
  CHECK(progress_text(1, 3, 2) == "[##########                    ] 33 % (1/3), 4 s left");
}

}  // namespace wick::cli
