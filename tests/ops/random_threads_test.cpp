// Random numbers that several threads draw from one stream: the same bits as from one.
#include <functional>
#include <vector>

#include "catch.h"
#include "wick/autograd.h"
#include "wick/ops.h"
#include "wick/random.h"
#include "wick/threads.h"

using wick::DType;
using wick::Tensor;

TEST_CASE("the number of threads changes no random bit", "[random][threads]") {
  constexpr int64_t n = 150007;  // many pieces, and a rest of a block of 16
  struct Restore {
    ~Restore() { wick::set_num_threads(threads); }
    int threads = wick::get_num_threads();
  } restore;
  std::vector<std::function<Tensor()>> draws;
  for (const DType dtype : {wick::float32, wick::float64, wick::bfloat16, wick::float16}) {
    const auto make = [dtype] { return wick::empty({n}, dtype); };
    draws.push_back([=] { return make().uniform_(-2, 3); });
    draws.push_back([=] { return make().normal_(1, 2); });
    draws.push_back([=] { return make().exponential_(0.5); });
    draws.push_back([=] { return make().bernoulli_(0.3); });
    draws.push_back([=] { return wick::bernoulli(make().fill_(0.7)); });
    draws.push_back([=] { return wick::dropout(make().fill_(3), 0.1); });
    draws.push_back([=] { return wick::dropout(make().fill_(3).requires_grad_(), 0.1).detach(); });
    draws.push_back([=] { return wick::dropout(wick::ones({1}, dtype).expand({n}), 0.4); });
  }
  for (const DType dtype : {wick::int64, wick::int32, wick::uint8, wick::bool_, wick::float32}) {
    draws.push_back([=] { return wick::empty({n}, dtype).bernoulli_(0.5); });
    draws.push_back([=] { return wick::empty({n}, dtype).random_(); });
    draws.push_back([=] { return wick::randint(0, 2, {n}, dtype); });
  }
  draws.push_back([] { return wick::randint(0, int64_t{1} << 40, {n}); });
  for (size_t i = 0; i < draws.size(); ++i) {
    CAPTURE(i);
    std::vector<Tensor> results;
    std::vector<uint8_t> state;
    for (const int threads : {1, 2, 3, 7}) {
      wick::set_num_threads(threads);
      wick::manual_seed(static_cast<uint64_t>(i));
      wick::rand({5});  // not at the beginning of a block
      results.push_back(draws[i]());
      if (threads == 1) state = wick::default_generator().get_state();
      CHECK(wick::default_generator().get_state() == state);
      CHECK(results.back().equal(results.front()));
    }
  }
}
