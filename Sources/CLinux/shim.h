#pragma once
// Declared here because the C library hides it behind _GNU_SOURCE, which Swift's module of it does not set.
#include <sys/types.h>
ssize_t copy_file_range(int in, off_t *in_offset, int out, off_t *out_offset, size_t length, unsigned int flags);
