#pragma once

// Expat reads XML feeds and nothing else, so it is loaded when the first one is read, and its header is not needed to
// build: what is called of libexpat.so.1, whose interface has been stable since 2001, is declared here.

typedef struct XML_ParserStruct *strandline_xml_parser;
typedef void (*strandline_xml_start)(void *context, const char *name, const char **attributes);
typedef void (*strandline_xml_end)(void *context, const char *name);
typedef void (*strandline_xml_text)(void *context, const char *text, int length);
typedef void (*strandline_xml_doctype)(
    void *context, const char *name, const char *system_id, const char *public_id, int has_internal_subset);

// NULL if the library is loaded, else what is wrong. Not to be called by two threads at once.
const char *strandline_load_expat(void);

// `encoding`: instead of what the document says; NULL: what it says. NULL if there is no memory.
strandline_xml_parser strandline_xml_create(const char *encoding);
void strandline_xml_set_context(strandline_xml_parser parser, void *context);
void strandline_xml_handle(
    strandline_xml_parser parser, strandline_xml_start start, strandline_xml_end end, strandline_xml_text text,
    strandline_xml_doctype doctype);
void strandline_xml_free(strandline_xml_parser parser);
// 1 if all is well, 0 after an error, or after strandline_xml_stop().
int strandline_xml_parse(strandline_xml_parser parser, const char *bytes, int length, int is_final);
void strandline_xml_stop(strandline_xml_parser parser);
int strandline_xml_error(strandline_xml_parser parser);
const char *strandline_xml_error_text(int code);
unsigned long strandline_xml_line(strandline_xml_parser parser);
unsigned long strandline_xml_column(strandline_xml_parser parser);
