#include "CCurl.h"
#include <dlfcn.h>

#ifdef __APPLE__
#define LIBRARY "libcurl.4.dylib"
#else
#define LIBRARY "libcurl.so.4"
#endif

struct strandline_curl_functions strandline_curl;

const char *strandline_load_curl(void) {
  void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (!library) return dlerror();
#define STRANDLINE_FIND(name) \
  if (!(strandline_curl.name = (__typeof__(strandline_curl.name))dlsym(library, "curl_" #name))) return dlerror();
  STRANDLINE_CURL_FUNCTIONS(STRANDLINE_FIND)
#undef STRANDLINE_FIND
  return NULL;
}
