#pragma once
#include <stddef.h>
#include <stdint.h>

/// NH over up to 4096 bytes with four keys, each the one before moved on by a pair of words:
/// sums[p] = sum of (m[2i] + k[2i + 2p])(m[2i + 1] + k[2i + 1 + 2p]), words and inner sums of 32 bits, products and
/// sums of 64. What does not fill 32 bytes is filled up with zeros. The key has 6 words more than the bytes.
void strandline_nh(const void *bytes, size_t length, const uint32_t *key, uint64_t sums[4]);

/// The same, without what only some processors have.
void strandline_nh_anywhere(const void *bytes, size_t length, const uint32_t *key, uint64_t sums[4]);
