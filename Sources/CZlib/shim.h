#pragma once
#include <zlib.h>

// inflateInit2 is a macro, which Swift does not see. 16 + 15: gzip only, the largest window.
static inline int strandline_inflate_begin(z_stream *stream) { return inflateInit2(stream, 16 + MAX_WBITS); }
static inline int strandline_inflate_begin_raw(z_stream *stream) { return inflateInit2(stream, -MAX_WBITS); }
