// Devices: names, and the guard that sends new tensors to one.
#include "wick/device.h"

#include <thread>

#include "catch.h"
#include "wick/wick.h"

using namespace wick;

TEST_CASE("devices have names", "[core][device]") {
  CHECK(name(cpu) == "cpu");
  CHECK(name(Device::meta) == "meta");
}

TEST_CASE("a DeviceGuard counts for its thread and its life, and nests", "[core][device]") {
  CHECK(default_device() == cpu);
  {
    const DeviceGuard outer(Device::meta);
    CHECK(default_device() == Device::meta);
    CHECK(zeros({2}).is_meta());
    CHECK(zeros({2}, {.device = cpu}).device() == cpu);  // options go first
    {
      const DeviceGuard inner(cpu);
      CHECK(default_device() == cpu);
    }
    CHECK(default_device() == Device::meta);
    Device elsewhere = Device::meta;
    std::thread([&] { elsewhere = default_device(); }).join();
    CHECK(elsewhere == cpu);
  }
  CHECK(default_device() == cpu);
}

TEST_CASE("every creation asks the guard, and *_like asks its model", "[core][device]") {
  const Tensor here = ones({2}), there = ones({2}, {.device = Device::meta});
  const DeviceGuard guard(Device::meta);
  for (const Tensor& x :
       {empty({2}), zeros({2}), ones({2}), full({2}, 1), arange(3), arange(0., 1., 0.5),
        linspace(0, 1, 2), eye(2), tensor({1, 2}), tensor(1), tensor(std::vector<float>{1, 2}),
        tensor(std::vector<bool>{true}), rand({2}), randn({2}), normal(0, 1, {2}), randint(5, {2}),
        randperm(3), there.zeros_like(), rand_like(there)})
    CHECK(x.is_meta());
  for (const Tensor& x : {here.zeros_like(), here.ones_like(), here.full_like(2), here.empty_like(),
                          rand_like(here), randint_like(here, 3), here + 1, here.clone()})
    CHECK_FALSE(x.is_meta());
}
