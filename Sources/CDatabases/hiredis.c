#include "CDatabases.h"
#include <dlfcn.h>

// A reply as hiredis has it: 1.0 put a number and a type's name between the others.
struct old_reply {
  int type;
  long long integer;
  size_t length;
  char *text;
  size_t count;
  void **elements;
};
struct new_reply {
  int type;
  long long integer;
  double number;
  size_t length;
  char *text;
  char name[4];
  size_t count;
  void **elements;
};
// How its reader begins, in every version.
struct reader {
  int code;
  char text[128];
};

static int is_new;
static struct {
  void *(*reader)(void);
  void (*reader_free)(void *);
  int (*feed)(void *, const char *, size_t);
  int (*reply)(void *, void **);
  void (*reply_free)(void *);
} hiredis;

const char *strandline_load_hiredis(void) {
  static const char *const names[] = {"libhiredis.so.1.3.0", "libhiredis.so.1.1.0", "libhiredis.so.1.0.0",
                                      "libhiredis.so.0.14", "libhiredis.so"};
  void *library = NULL;
  for (size_t index = 0; !library && index < sizeof names / sizeof *names; index++)
    library = dlopen(names[index], RTLD_NOW | RTLD_LOCAL);
  if (!library) return "no libhiredis.so of a known version (0.14 to 1.3)";
  hiredis.reader = (void *(*)(void))dlsym(library, "redisReaderCreate");
  hiredis.reader_free = (void (*)(void *))dlsym(library, "redisReaderFree");
  hiredis.feed = (int (*)(void *, const char *, size_t))dlsym(library, "redisReaderFeed");
  hiredis.reply = (int (*)(void *, void **))dlsym(library, "redisReaderGetReply");
  hiredis.reply_free = (void (*)(void *))dlsym(library, "freeReplyObject");
  if (!hiredis.reader || !hiredis.reader_free || !hiredis.feed || !hiredis.reply || !hiredis.reply_free)
    return dlerror();
  // It came with 1.0, as the new layout did.
  is_new = dlsym(library, "redisSetPushCallback") != NULL;
  return NULL;
}

void *strandline_reader(void) { return hiredis.reader(); }
void strandline_reader_free(void *reader) { hiredis.reader_free(reader); }
int strandline_reader_feed(void *reader, const void *bytes, size_t length) {
  return hiredis.feed(reader, bytes, length);
}
int strandline_reader_reply(void *reader, void **reply) { return hiredis.reply(reader, reply); }
const char *strandline_reader_error(void *reader) { return ((struct reader *)reader)->text; }
void strandline_reply_free(void *reply) { hiredis.reply_free(reply); }

struct strandline_reply strandline_reply_look(const void *reply) {
  if (is_new) {
    const struct new_reply *r = reply;
    return (struct strandline_reply){r->type, r->integer, r->text, r->length, r->count};
  }
  const struct old_reply *r = reply;
  return (struct strandline_reply){r->type, r->integer, r->text, r->length, r->count};
}

const void *strandline_reply_element(const void *reply, size_t index) {
  return is_new ? ((const struct new_reply *)reply)->elements[index]
                : ((const struct old_reply *)reply)->elements[index];
}
