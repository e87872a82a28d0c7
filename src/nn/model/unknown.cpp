#include "nn/model/unknown.h"

#include <fmt/format.h>

#include <algorithm>

#include "nn/layers.h"
#include "nn/near_names.h"
#include "wick/format.h"

namespace wick::nn::model {

void report_unknown_keys(const JsonValue& object, const std::string& pointer,
                         const std::vector<std::string>& known, Problems& problems) {
  for (const JsonMember& member : object.members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    if (problems.full()) {
      problems.add_silently();
      continue;
    }
    Problem problem;
    problem.found = shortened(member.key, longest_name_shown);
    problem.valid = known;
    problem.suggestion = nearest_name(member.key, known);
    const std::string hint = problem.suggestion.empty()
                                 ? "."
                                 : fmt::format("; did you mean \"{}\"?", problem.suggestion);
    problem.message = fmt::format("unknown key {}{} The keys are {}", quoted_name(member.key), hint,
                                  fmt::join(known, ", "));
    problems.add(member.begin, child_pointer(pointer, member.key), std::move(problem));
  }
}

std::string report_unknown_layer(const JsonValue& type, std::string pointer, std::string_view text,
                                 Problems& problems) {
  if (problems.full()) {
    problems.add_silently();
    return "";
  }
  Problem problem;
  for (const detail::KnownLayer& layer : detail::known_layers())
    problem.valid.emplace_back(layer.name);
  problem.found = shortened(type.text, longest_name_shown);
  problem.expected = "the name of a layer";
  problem.suggestion = nearest_name(type.text, problem.valid);
  const std::string near = problem.suggestion;
  const std::string hint =
      near.empty() ? ". If it is one of your own, the program that reads the file has to register "
                     "it first, with nn::register_layer."
                   : fmt::format("; did you mean \"{}\"?", near);
  problem.message = fmt::format("unknown layer {}{} There are {} layers; `wick layers` lists them",
                                shown(type, text), hint, problem.valid.size());
  problems.add(type.begin, std::move(pointer), std::move(problem));
  return near;
}

}  // namespace wick::nn::model
