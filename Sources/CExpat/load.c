#include "CExpat.h"
#include <dlfcn.h>
#include <stddef.h>

#ifdef __APPLE__
#define LIBRARY "libexpat.1.dylib"
#else
#define LIBRARY "libexpat.so.1"
#endif

#define FUNCTIONS(F)                                                                                       \
  F(strandline_xml_parser, ParserCreate, (const char *))                                                   \
  F(void, ParserFree, (strandline_xml_parser))                                                             \
  F(void, SetUserData, (strandline_xml_parser, void *))                                                    \
  F(void, SetElementHandler, (strandline_xml_parser, strandline_xml_start, strandline_xml_end))            \
  F(void, SetCharacterDataHandler, (strandline_xml_parser, strandline_xml_text))                           \
  F(void, SetStartDoctypeDeclHandler, (strandline_xml_parser, strandline_xml_doctype))                     \
  F(int, Parse, (strandline_xml_parser, const char *, int, int))                                           \
  F(int, StopParser, (strandline_xml_parser, unsigned char))                                               \
  F(int, GetErrorCode, (strandline_xml_parser))                                                            \
  F(const char *, ErrorString, (int))                                                                      \
  F(unsigned long, GetCurrentLineNumber, (strandline_xml_parser))                                          \
  F(unsigned long, GetCurrentColumnNumber, (strandline_xml_parser))

static struct {
#define MEMBER(result, name, arguments) result(*name) arguments;
  FUNCTIONS(MEMBER)
#undef MEMBER
} expat;

const char *strandline_load_expat(void) {
  void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (!library) return dlerror();
#define FIND(result, name, arguments) \
  if (!(expat.name = (__typeof__(expat.name))dlsym(library, "XML_" #name))) return dlerror();
  FUNCTIONS(FIND)
#undef FIND
  return NULL;
}

strandline_xml_parser strandline_xml_create(const char *encoding) { return expat.ParserCreate(encoding); }

void strandline_xml_set_context(strandline_xml_parser parser, void *context) { expat.SetUserData(parser, context); }

void strandline_xml_handle(
    strandline_xml_parser parser, strandline_xml_start start, strandline_xml_end end, strandline_xml_text text,
    strandline_xml_doctype doctype) {
  expat.SetElementHandler(parser, start, end);
  expat.SetCharacterDataHandler(parser, text);
  expat.SetStartDoctypeDeclHandler(parser, doctype);
}

void strandline_xml_free(strandline_xml_parser parser) { expat.ParserFree(parser); }

int strandline_xml_parse(strandline_xml_parser parser, const char *bytes, int length, int is_final) {
  return expat.Parse(parser, bytes, length, is_final);
}

void strandline_xml_stop(strandline_xml_parser parser) { expat.StopParser(parser, 0); }
int strandline_xml_error(strandline_xml_parser parser) { return expat.GetErrorCode(parser); }
const char *strandline_xml_error_text(int code) { return expat.ErrorString(code); }
unsigned long strandline_xml_line(strandline_xml_parser parser) { return expat.GetCurrentLineNumber(parser); }
unsigned long strandline_xml_column(strandline_xml_parser parser) { return expat.GetCurrentColumnNumber(parser); }
