#pragma once
// Masks of vectors as bits: Swift's vectors have no way to ask for them.
#include <stdbool.h>
#include <stdint.h>

typedef uint8_t lanes_bytes __attribute__((vector_size(16)));

// What 64 bytes are, a bit for each of them, the first one's in the lowest place.
typedef struct {
  uint64_t quotes;
  uint64_t delimiters;
  uint64_t line_feeds;
  // What a JSON string cannot hold as it is: quotes, backslashes, control characters.
  uint64_t specials;
  // Not zero if one of them is not ASCII.
  uint64_t beyond_ascii;
} lanes_marks;

// The highest bits of 16 bytes.
static inline __attribute__((always_inline)) uint64_t lanes_bits(lanes_bytes bytes) {
#if defined(__SSE2__)
  typedef char chars __attribute__((vector_size(16)));
  return (uint16_t)__builtin_ia32_pmovmskb128((chars)bytes);
#else
  typedef bool flags __attribute__((ext_vector_type(16)));
  flags set = __builtin_convertvector(bytes >> 7, flags);
  uint16_t bits;
  __builtin_memcpy(&bits, &set, sizeof bits);
  return bits;
#endif
}

static inline __attribute__((always_inline)) lanes_marks lanes_mark(const void *place, uint8_t delimiter) {
  lanes_marks marks = {0, 0, 0, 0, 0};
#pragma clang loop unroll(full)
  for (int part = 0; part < 4; part++) {
    lanes_bytes bytes;
    __builtin_memcpy(&bytes, (const char *)place + part * 16, sizeof bytes);
    lanes_bytes quotes = (lanes_bytes)(bytes == (uint8_t)'"');
    marks.quotes |= lanes_bits(quotes) << part * 16;
    marks.delimiters |= lanes_bits((lanes_bytes)(bytes == delimiter)) << part * 16;
    marks.line_feeds |= lanes_bits((lanes_bytes)(bytes == (uint8_t)'\n')) << part * 16;
    marks.specials |=
        lanes_bits(quotes | (lanes_bytes)(bytes == (uint8_t)'\\') | (lanes_bytes)(bytes < (uint8_t)0x20)) << part * 16;
    marks.beyond_ascii |= lanes_bits(bytes);
  }
  return marks;
}
