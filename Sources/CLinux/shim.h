#pragma once
// Declared here because the C library hides it behind _GNU_SOURCE, which Swift's module of it does not set.
#include <sys/types.h>
#define SYNC_FILE_RANGE_WRITE 2
int sync_file_range(int file, off_t offset, off_t length, unsigned int flags);
#ifdef __GLIBC__
// malloc.h is not in Swift's module of the C library.
#define STRANDLINE_TRIM_THRESHOLD (-1)
#define STRANDLINE_TOP_PAD (-2)
#define STRANDLINE_MMAP_THRESHOLD (-3)
int mallopt(int parameter, int value);
// Hidden as well.
#define STRANDLINE_HUGE_PAGES 14
void *sbrk(__INTPTR_TYPE__ increment);
static inline void *strandline_heap_end(void) { return sbrk(0); }
#endif
