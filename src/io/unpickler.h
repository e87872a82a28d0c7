// The machine that reads a pickle: a stack, a memo, and an instruction at a time.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/pickle.h"

namespace wick::io {

/// The values that every pickle has from the beginning, because they are needed so often.
enum : PickleRef { ref_none, ref_true, ref_false };

class Unpickler {
 public:
  Unpickler(std::shared_ptr<const MappedFile> file, int64_t begin);
  Pickle run();

 private:
  // In unpickler.cpp and unpickler_data.cpp. Each does one instruction if it is of its group, and
  // says whether it was.
  bool constant(unsigned char opcode);
  bool text(unsigned char opcode);
  bool collection(unsigned char opcode);
  bool item(unsigned char opcode);
  bool memory(unsigned char opcode);
  bool control(unsigned char opcode);
  bool object(unsigned char opcode);

  // The bytes that an instruction has with it.
  std::string_view take(uint64_t size);
  std::string_view line();
  uint64_t number(size_t bytes);

  // Values, in unpickler_values.cpp.
  PickleRef make(PickleValue value);
  void push(PickleRef value);
  void push_new(PickleKind kind, std::string_view text = {}, int64_t number = 0);
  void push_items(PickleKind kind, std::vector<PickleRef> items);
  void push_decimal(std::string_view digits);
  void push_real(std::string_view digits);
  void push_long(std::string_view bytes);
  void push_unescaped(std::string_view text, bool unicode);
  PickleRef pop();
  std::vector<PickleRef> pop_to_mark();
  std::vector<PickleRef> pop_pairs();

  // Globals and calls, in unpickler_calls.cpp.
  void push_global(std::string_view module, std::string_view name);
  void push_persistent(PickleRef id);
  void call(PickleRef callable, const std::vector<PickleRef>& arguments);
  PickleValue called(const PickleValue& function, const std::vector<PickleRef>& arguments);
  PickleValue ordered_dict(const std::vector<PickleRef>& arguments);
  PickleValue tensor(const PickleValue& function, const std::vector<PickleRef>& arguments) const;
  int64_t marks(PickleRef metadata) const;
  bool are_integers(PickleRef value) const;
  bool is(PickleRef value, PickleKind kind) const { return pickle_.values[value].kind == kind; }

  /// Throws FileError that says at which byte the instruction stands.
  [[noreturn]] void fail(std::string_view what) const;

  Pickle pickle_;
  std::string_view bytes_;
  size_t at_;           // the next byte
  size_t started_;      // where the instruction stands
  size_t opcodes_ = 0;  // instructions done
  size_t copied_ = 0;   // items of lists
  std::vector<PickleRef> stack_;
  std::vector<size_t> marks_;  // heights of the stack
  std::vector<PickleRef> memo_;
};

}  // namespace wick::io
