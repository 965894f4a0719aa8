#include "CNH.h"
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "words are read as little-endian machines have them"
#endif

// C, because Swift cannot compile one function for a processor that has more than all have: with AVX2 this is twice
// as fast as anything that can be said in Swift.

typedef uint32_t words __attribute__((vector_size(32)));
typedef uint64_t products __attribute__((vector_size(32)));

// Not a function: vectors wider than all processors have cannot be handed over.
#define ADD(sum, key_words)                                    \
  do {                                                         \
    words k;                                                   \
    memcpy(&k, key_words, sizeof k);                           \
    const products pairs = (products)(m + k);                  \
    sum += (pairs & 0xffffffff) * (pairs >> 32);               \
  } while (0)

static inline __attribute__((always_inline)) void nh(
    const unsigned char *bytes, size_t length, const uint32_t *key, uint64_t sums[4]) {
  products a = {0}, b = {0}, c = {0}, d = {0};
  words m;
  for (; length >= sizeof m; length -= sizeof m, bytes += sizeof m, key += 8) {
    memcpy(&m, bytes, sizeof m);
    ADD(a, key);
    ADD(b, key + 2);
    ADD(c, key + 4);
    ADD(d, key + 6);
  }
  if (length) {
    memset(&m, 0, sizeof m);
    memcpy(&m, bytes, length);
    ADD(a, key);
    ADD(b, key + 2);
    ADD(c, key + 4);
    ADD(d, key + 6);
  }
  sums[0] = a[0] + a[1] + a[2] + a[3];
  sums[1] = b[0] + b[1] + b[2] + b[3];
  sums[2] = c[0] + c[1] + c[2] + c[3];
  sums[3] = d[0] + d[1] + d[2] + d[3];
}

#if __x86_64__
static __attribute__((target("avx2"))) void nh_avx2(
    const void *bytes, size_t length, const uint32_t *key, uint64_t sums[4]) {
  nh(bytes, length, key, sums);
}
#endif

void strandline_nh_anywhere(const void *bytes, size_t length, const uint32_t *key, uint64_t sums[4]) {
  nh(bytes, length, key, sums);
}

void strandline_nh(const void *bytes, size_t length, const uint32_t *key, uint64_t sums[4]) {
#if __x86_64__
  if (__builtin_cpu_supports("avx2")) {
    nh_avx2(bytes, length, key, sums);
    return;
  }
#endif
  strandline_nh_anywhere(bytes, length, key, sums);
}
