#include "io/unpickler.h"

#include <fmt/format.h>

#include <algorithm>

namespace wick::io {
namespace {

constexpr unsigned newest_protocol = 5;
constexpr PickleRef nothing = UINT32_MAX;  // a memo's place that is free

}  // namespace

Unpickler::Unpickler(std::shared_ptr<const MappedFile> file, int64_t begin)
    : bytes_(file->bytes()), at_(static_cast<size_t>(begin)), started_(at_) {
  pickle_.file = std::move(file);
  pickle_.begin = begin;
  make({.kind = PickleKind::none});
  make({.kind = PickleKind::boolean, .number = 1});
  make({.kind = PickleKind::boolean, .number = 0});
}

void Unpickler::fail(std::string_view what) const {
  pickle_.file->fail(fmt::format("not a valid pickle: {} at byte {}", what, started_));
}

Pickle Unpickler::run() {
  for (; opcodes_ < pickle_max_opcodes; ++opcodes_) {
    started_ = at_;
    if (at_ == bytes_.size()) fail("it is cut short");
    const auto opcode = static_cast<unsigned char>(bytes_[at_++]);
    if (opcode == '.') {
      pickle_.root = pop();
      pickle_.end = static_cast<int64_t>(at_);
      return std::move(pickle_);
    }
    if (!constant(opcode) && !text(opcode) && !collection(opcode) && !item(opcode) &&
        !memory(opcode) && !control(opcode) && !object(opcode))
      fail(fmt::format("unknown opcode 0x{:02x}", opcode));
  }
  pickle_.file->fail(
      fmt::format("a pickle with more than {} instructions, which is the limit; save only "
                  "model.state_dict()",
                  pickle_max_opcodes));
}

std::string_view Unpickler::take(uint64_t size) {
  if (size > bytes_.size() - at_) fail("it is cut short");
  const std::string_view result = bytes_.substr(at_, size);
  at_ += size;
  return result;
}

std::string_view Unpickler::line() {
  const size_t end = bytes_.find('\n', at_);
  if (end == std::string_view::npos) fail("a line without an end");
  const std::string_view result = take(end - at_);
  ++at_;
  return result;
}

uint64_t Unpickler::number(size_t size) {
  uint64_t result = 0;
  const std::string_view bytes = take(size);
  for (size_t i = 0; i < size; ++i)
    result |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return result;
}

bool Unpickler::memory(unsigned char opcode) {
  const auto decimal = [&] {
    const std::string_view digits = line();
    uint64_t index = 0;
    for (const char digit : digits) {
      if (digit < '0' || digit > '9' || index > pickle_max_opcodes) fail("a wrong memo index");
      index = 10 * index + static_cast<uint64_t>(digit - '0');
    }
    return index;
  };
  const auto put = [&](uint64_t index) {
    // Python counts up: no index is larger than there were instructions before it.
    if (index > opcodes_) fail("a memo index out of order");
    if (stack_.empty()) fail("nothing is on the stack");
    if (index >= memo_.size()) memo_.resize(index + 1, nothing);
    memo_[index] = stack_.back();
  };
  const auto get = [&](uint64_t index) {
    if (index >= memo_.size() || memo_[index] == nothing) fail("a memo index that was never set");
    push(memo_[index]);
  };
  switch (opcode) {
    case 'p':
      put(decimal());
      return true;
    case 'q':
      put(number(1));
      return true;
    case 'r':
      put(number(4));
      return true;
    case 0x94:
      put(memo_.size());
      return true;  // MEMOIZE
    case 'g':
      get(decimal());
      return true;
    case 'h':
      get(number(1));
      return true;
    case 'j':
      get(number(4));
      return true;
    default:
      return false;
  }
}

bool Unpickler::control(unsigned char opcode) {
  switch (opcode) {
    case '(':
      marks_.push_back(stack_.size());
      return true;
    case '0':
      if (!marks_.empty() && marks_.back() == stack_.size())
        marks_.pop_back();
      else
        (void)pop();
      return true;
    case '1':
      (void)pop_to_mark();
      return true;
    case '2': {
      const PickleRef again = pop();
      push(again);
      push(again);
      return true;
    }
    case 0x80:  // PROTO
      if (number(1) > newest_protocol)
        fail(fmt::format("it is of protocol {}, newer than {}", unsigned(bytes_[at_ - 1]) & 0xFF,
                         newest_protocol));
      return true;
    case 0x95:  // FRAME
      if (number(8) > bytes_.size() - at_) fail("a frame that is cut short");
      return true;
    default:
      return false;
  }
}

bool Unpickler::object(unsigned char opcode) {
  switch (opcode) {
    case 'c': {
      const std::string_view module = line();
      push_global(module, line());
      return true;
    }
    case 0x93: {  // STACK_GLOBAL
      const PickleRef name = pop();
      const PickleRef module = pop();
      if (!is(name, PickleKind::text) || !is(module, PickleKind::text))
        fail("a global whose name is not a text");
      push_global(pickle_[module].text, pickle_[name].text);
      return true;
    }
    case 'R':     // REDUCE
    case 0x81: {  // NEWOBJ
      const PickleRef arguments = pop();
      if (!is(arguments, PickleKind::tuple)) fail("a call whose arguments are not a tuple");
      const PickleRef callable = pop();
      call(callable, pickle_[arguments].items);
      return true;
    }
    case 0x92: {  // NEWOBJ_EX
      (void)pop();
      fail("a call with keyword arguments, which no state dict needs");
    }
    case 'i': {  // INST
      const std::string_view module = line();
      push_global(module, line());
      const PickleRef callable = pop();
      call(callable, pop_to_mark());
      return true;
    }
    case 'o': {  // OBJ
      std::vector<PickleRef> arguments = pop_to_mark();
      if (arguments.empty()) fail("a call of nothing");
      const PickleRef callable = arguments.front();
      arguments.erase(arguments.begin());
      call(callable, arguments);
      return true;
    }
    case 'b': {  // BUILD: attributes, such as a state dict's _metadata, are of no use here
      (void)pop();
      const PickleRef built = stack_.empty() ? ref_none : stack_.back();
      if (!is(built, PickleKind::dict) && !is(built, PickleKind::tensor))
        fail("attributes of what is neither a dict nor a tensor");
      return true;
    }
    case 'Q':
      push_persistent(pop());
      return true;  // BINPERSID
    case 'P':
      (void)line();
      fail("a persistent id that is a text");
    case 0x82:  // EXT1
    case 0x83:  // EXT2
    case 0x84:  // EXT4
    case 0x97:  // NEXT_BUFFER
    case 0x98:  // READONLY_BUFFER
      fail(fmt::format("opcode 0x{:02x}, which no state dict needs", opcode));
    default:
      return false;
  }
}

}  // namespace wick::io
