// The instructions that make data: numbers, texts, lists, tuples and dicts.
#include <bit>

#include "io/unpickler.h"

namespace wick::io {
namespace {

/// An instruction whose text stands behind it, after its size.
struct TextOpcode {
  unsigned char opcode;
  uint8_t size_bytes;
  PickleKind kind;
};

constexpr TextOpcode text_opcodes[] = {
    {'X', 4, PickleKind::text},    // BINUNICODE
    {0x8C, 1, PickleKind::text},   // SHORT_BINUNICODE
    {0x8D, 8, PickleKind::text},   // BINUNICODE8
    {'T', 4, PickleKind::text},    // BINSTRING
    {'U', 1, PickleKind::text},    // SHORT_BINSTRING
    {'B', 4, PickleKind::bytes},   // BINBYTES
    {'C', 1, PickleKind::bytes},   // SHORT_BINBYTES
    {0x8E, 8, PickleKind::bytes},  // BINBYTES8
    {0x96, 8, PickleKind::bytes},  // BYTEARRAY8
};

}  // namespace

bool Unpickler::constant(unsigned char opcode) {
  const auto integer = [&](int64_t value) { push_new(PickleKind::integer, {}, value); };
  switch (opcode) {
    case 'N':
      push(ref_none);
      return true;
    case 0x88:  // NEWTRUE
      push(ref_true);
      return true;
    case 0x89:  // NEWFALSE
      push(ref_false);
      return true;
    case 'I':
    case 'L':
      push_decimal(line());
      return true;
    case 'J':  // BININT
      integer(static_cast<int32_t>(number(4)));
      return true;
    case 'K':  // BININT1
      integer(static_cast<int64_t>(number(1)));
      return true;
    case 'M':  // BININT2
      integer(static_cast<int64_t>(number(2)));
      return true;
    case 0x8A:  // LONG1
      push_long(take(number(1)));
      return true;
    case 0x8B:  // LONG4
      push_long(take(number(4)));
      return true;
    case 'F':
      push_real(line());
      return true;
    case 'G':  // BINFLOAT, big-endian
      push_new(PickleKind::real, {}, static_cast<int64_t>(__builtin_bswap64(number(8))));
      return true;
    default:
      return false;
  }
}

bool Unpickler::text(unsigned char opcode) {
  for (const TextOpcode& known : text_opcodes)
    if (known.opcode == opcode) {
      push_new(known.kind, take(number(known.size_bytes)));
      return true;
    }
  if (opcode == 'V') {  // UNICODE
    push_unescaped(line(), true);
    return true;
  }
  if (opcode != 'S') return false;  // STRING
  const std::string_view repr = line();
  const bool has_quotes = repr.size() >= 2 && repr.front() == repr.back() &&
                          (repr.front() == '\'' || repr.front() == '"');
  if (!has_quotes) fail("a string without quotes");
  push_unescaped(repr.substr(1, repr.size() - 2), false);
  return true;
}

bool Unpickler::collection(unsigned char opcode) {
  switch (opcode) {
    case ')':
      push_items(PickleKind::tuple, {});
      return true;
    case ']':
    case 0x8F:  // EMPTY_SET
      push_items(PickleKind::list, {});
      return true;
    case '}':
      push_items(PickleKind::dict, {});
      return true;
    case 't':
      push_items(PickleKind::tuple, pop_to_mark());
      return true;
    case 'l':
    case 0x91:  // FROZENSET
      push_items(PickleKind::list, pop_to_mark());
      return true;
    case 'd':
      push_items(PickleKind::dict, pop_pairs());
      return true;
    case 0x85:    // TUPLE1
    case 0x86:    // TUPLE2
    case 0x87: {  // TUPLE3
      std::vector<PickleRef> items(opcode - 0x84U);
      for (size_t i = items.size(); i-- > 0;) items[i] = pop();
      push_items(PickleKind::tuple, std::move(items));
      return true;
    }
    default:
      return false;
  }
}

bool Unpickler::item(unsigned char opcode) {
  const auto add = [&](const std::vector<PickleRef>& items, PickleKind kind) {
    if (stack_.empty() || !is(stack_.back(), kind))
      fail(kind == PickleKind::dict ? "a key is set in what is not a dict"
                                    : "something is appended to what is not a list");
    std::vector<PickleRef>& to = pickle_.values[stack_.back()].items;
    to.insert(to.end(), items.begin(), items.end());
  };
  switch (opcode) {
    case 'a':
      add({pop()}, PickleKind::list);
      return true;
    case 'e':   // APPENDS
    case 0x90:  // ADDITEMS
      add(pop_to_mark(), PickleKind::list);
      return true;
    case 's': {
      const PickleRef value = pop();
      add({pop(), value}, PickleKind::dict);
      return true;
    }
    case 'u':
      add(pop_pairs(), PickleKind::dict);
      return true;
    default:
      return false;
  }
}

}  // namespace wick::io
