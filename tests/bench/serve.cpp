#include "serve.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace bench {
namespace {

struct Slot {
  int threads = 1;
  Prepared prepared;
};

int64_t nanoseconds(const Slot& slot, int64_t count) {
  const auto start = std::chrono::steady_clock::now();
  slot.prepared.run(count);
  const auto end = std::chrono::steady_clock::now();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(end - start).count();
}

/// Bytes, from a line such as "VmRSS:  1234 kB" of /proc/self/status; 0 where there is none.
int64_t status(const std::string& name) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name + ":")) return std::stoll(line.substr(name.size() + 1)) * 1024;
  return 0;
}

class Server {
 public:
  explicit Server(const Library& library) : library_(library) {}

  Slot make_slot(const std::vector<std::string>& words) const {
    const Options options(words);
    std::vector<Array> inputs;
    for (int i = 0; options.has("in" + std::to_string(i)); ++i) {
      const std::string source = options.text("in" + std::to_string(i));
      inputs.push_back(std::filesystem::exists(source) ? load_npy(source) : bench::make(source));
    }
    Slot slot;
    slot.threads = static_cast<int>(options.number("threads", 1));
    library_.set_threads(slot.threads);
    slot.prepared = library_.prepare(options, inputs);
    return slot;
  }

  std::vector<int64_t> run(const Slot& slot, int64_t count, int64_t parts, int64_t first) const {
    library_.set_threads(slot.threads);
    if (first > 0) slot.prepared.run(first);
    std::vector<int64_t> times(static_cast<size_t>(parts));
    for (int64_t& time : times) time = nanoseconds(slot, count);
    return times;
  }

  std::string answer(const std::vector<std::string>& words) {
    const std::string& verb = words.at(0);
    if (verb == "about") return "ok " + library_.about;
    if (verb == "prepare") return prepare(words);
    if (verb == "drop") {
      slots_.erase(words.at(1));
      malloc_trim(0);
      return "ok";
    }
    if (verb == "make") {
      save_npy(words.at(1), bench::make(words.at(2)));
      return "ok";
    }
    if (verb == "compare") return difference(words.at(1), words.at(2));
    const Slot& slot = slots_.at(words.at(1));
    if (verb == "run") {
      std::string times = "ok";
      for (const int64_t time :
           run(slot, std::stoll(words.at(2)), std::stoll(words.at(3)), std::stoll(words.at(4))))
        times += " " + std::to_string(time);
      return times;
    }
    if (verb == "output") {
      if (!slot.prepared.output) return "skip there is no output to compare";
      library_.set_threads(slot.threads);
      save_npy(words.at(2), slot.prepared.output());
      return "ok";
    }
    if (verb == "memory") return memory(slot);
    return "error no such request: " + verb;
  }

 private:
  std::string prepare(const std::vector<std::string>& words) {
    Slot slot = make_slot({words.begin() + 2, words.end()});
    if (!slot.prepared.run) return "skip " + slot.prepared.note;
    const std::string note = slot.prepared.note;
    slots_[words.at(1)] = std::move(slot);
    return "ok " + note;
  }

  static std::string difference(const std::string& a, const std::string& b) {
    const Difference d = compare(load_npy(a), load_npy(b));
    std::ostringstream out;
    out << "ok largest=" << d.largest << " scale=" << d.scale << " other=" << d.other
        << " same_bits=" << d.same_bits;
    return out.str();
  }

  std::string memory(const Slot& slot) const {
    library_.set_threads(slot.threads);
    malloc_trim(0);
    // Makes the peak (VmHWM) what is resident now; see proc(5).
    std::ofstream("/proc/self/clear_refs") << "5";
    const int64_t before = status("VmRSS");
    slot.prepared.run(1);
    return "ok " + std::to_string(std::max<int64_t>(0, status("VmHWM") - before));
  }

  const Library& library_;
  std::map<std::string, Slot> slots_;
};

/// One line: the median and the range of the time of a call.
int by_hand(const Server& server, const std::vector<std::string>& words) {
  const Slot slot = server.make_slot(words);
  if (!slot.prepared.run) {
    std::printf("not possible: %s\n", slot.prepared.note.c_str());
    return 1;
  }
  const int64_t once = std::max<int64_t>(1, server.run(slot, 1, 1, 1).front());
  const int64_t count = std::max<int64_t>(1, 5'000'000 / once);
  const double seconds = Options(words).number("seconds", 0.5);
  const auto parts = static_cast<int64_t>(1e9 * seconds / static_cast<double>(count * once));
  std::vector<double> times;
  for (const int64_t time : server.run(slot, count, std::max<int64_t>(7, parts), count))
    times.push_back(static_cast<double>(time) / static_cast<double>(count));
  std::sort(times.begin(), times.end());
  std::printf("%.3f us a call (median of %zu; %.3f to %.3f)%s\n", times[times.size() / 2] * 1e-3,
              times.size(), times.front() * 1e-3, times.back() * 1e-3,
              (slot.prepared.note.empty() ? "" : "  " + slot.prepared.note).c_str());
  return 0;
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

Options::Options(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    const size_t at = word.find('=');
    if (at == std::string::npos) throw std::runtime_error("not of the form name=value: " + word);
    values_[word.substr(0, at)] = word.substr(at + 1);
  }
}

std::string Options::text(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw std::runtime_error("missing: " + name + "=...");
  return found->second;
}

std::string Options::text(const std::string& name, const std::string& otherwise) const {
  return has(name) ? text(name) : otherwise;
}

double Options::number(const std::string& name, double otherwise) const {
  return has(name) ? std::stod(text(name)) : otherwise;
}

int serve(const Library& library, int argc, char** argv) {
  Server server(library);
  try {
    if (argc > 1) return by_hand(server, {argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream in(line);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    if (words.empty()) continue;
    if (words[0] == "quit") break;
    try {
      std::cout << one_line(server.answer(words)) << std::endl;
    } catch (const std::exception& error) {
      std::cout << "error " << one_line(error.what()) << std::endl;
    }
  }
  return 0;
}

}  // namespace bench
