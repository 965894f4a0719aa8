#pragma once
#include <curl/curl.h>

#if LIBCURL_VERSION_NUM < 0x075000
#error "libcurl 7.80 or later is needed"
#endif

// libcurl and the 30 libraries that it brings take 3 ms to load, and most runs ask no server for anything: it is
// loaded when it is first needed.

#define STRANDLINE_CURL_FUNCTIONS(F)                                                                       \
  F(easy_init) F(easy_cleanup) F(easy_setopt) F(easy_getinfo) \
  F(easy_pause) F(easy_strerror) F(easy_perform) F(easy_send) F(easy_recv) F(free) F(global_init) \
  F(multi_init) F(multi_cleanup) F(multi_add_handle) F(multi_remove_handle) \
  F(multi_perform) F(multi_poll) F(multi_info_read) F(multi_strerror) \
  F(share_init) F(share_setopt) F(share_cleanup) \
  F(slist_append) F(slist_free_all) F(url) F(url_cleanup) \
  F(url_get) F(url_set) F(url_strerror)

struct strandline_curl_functions {
#define STRANDLINE_MEMBER(name) __typeof__(&(curl_##name)) name;
  STRANDLINE_CURL_FUNCTIONS(STRANDLINE_MEMBER)
#undef STRANDLINE_MEMBER
};

// Valid once strandline_load_curl() said so.
extern struct strandline_curl_functions strandline_curl;

// NULL if the library is loaded, else what is wrong. Not to be called by two threads at once.
const char *strandline_load_curl(void);

// Swift cannot call variadic functions: one function for each type of argument.
static const long strandline_auth_basic = (long)CURLAUTH_BASIC;
static const long strandline_auth_bearer = (long)CURLAUTH_BEARER;
static const long strandline_auth_ntlm = (long)CURLAUTH_NTLM;
static const long strandline_auth_negotiate = (long)CURLAUTH_NEGOTIATE;
static const long strandline_http_1_1 = (long)CURL_HTTP_VERSION_1_1;
static const long strandline_tls_at_least_1_2 = (long)CURL_SSLVERSION_TLSv1_2;

static inline CURLcode strandline_set_long(CURL *easy, CURLoption option, long value) {
  return strandline_curl.easy_setopt(easy, option, value);
}

static inline CURLcode strandline_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return strandline_curl.easy_setopt(easy, option, value);
}

static inline CURLcode strandline_set_text(CURL *easy, CURLoption option, const char *value) {
  return strandline_curl.easy_setopt(easy, option, value);
}

static inline CURLcode strandline_set_pointer(CURL *easy, CURLoption option, void *value) {
  return strandline_curl.easy_setopt(easy, option, value);
}

static inline CURLcode strandline_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return strandline_curl.easy_setopt(easy, option, value);
}

// CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION: both have this type.
static inline CURLcode strandline_set_receiver(CURL *easy, CURLoption option, curl_write_callback value) {
  return strandline_curl.easy_setopt(easy, option, value);
}

// CURLOPT_READFUNCTION and CURLOPT_SEEKFUNCTION: where a body comes from that libcurl is not to copy.
static inline CURLcode strandline_set_body(
    CURL *easy, curl_off_t length, curl_read_callback read, curl_seek_callback seek, void *context) {
  strandline_curl.easy_setopt(easy, CURLOPT_POST, 1L);
  strandline_curl.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, length);
  strandline_curl.easy_setopt(easy, CURLOPT_READDATA, context);
  strandline_curl.easy_setopt(easy, CURLOPT_READFUNCTION, read);
  strandline_curl.easy_setopt(easy, CURLOPT_SEEKDATA, context);
  return strandline_curl.easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek);
}

// Asked before each sending of a request; what it answers but 0 ends the transfer. libcurl before 7.80 never asks.
typedef int (*strandline_before_sending)(void *, char *, char *, int, int);
static inline CURLcode strandline_set_before_sending(CURL *easy, strandline_before_sending value, void *context) {
#if LIBCURL_VERSION_NUM >= 0x075000
  strandline_curl.easy_setopt(easy, CURLOPT_PREREQDATA, context);
  return strandline_curl.easy_setopt(easy, CURLOPT_PREREQFUNCTION, value);
#else
  return CURLE_OK;
#endif
}

// Told what libcurl says and sends.
static inline CURLcode strandline_set_observer(CURL *easy, curl_debug_callback value, void *context) {
  strandline_curl.easy_setopt(easy, CURLOPT_DEBUGDATA, context);
  strandline_curl.easy_setopt(easy, CURLOPT_DEBUGFUNCTION, value);
  return strandline_curl.easy_setopt(easy, CURLOPT_VERBOSE, 1L);
}

// http and https, whatever else this libcurl was built with. The text form is newer than the oldest libcurl.
static inline CURLcode strandline_set_protocols(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
  return strandline_curl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  return strandline_curl.easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static inline CURLcode strandline_get_long(CURL *easy, CURLINFO info, long *value) {
  return strandline_curl.easy_getinfo(easy, info, value);
}

static inline CURLcode strandline_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
  return strandline_curl.easy_getinfo(easy, info, value);
}

static inline CURLcode strandline_get_text(CURL *easy, CURLINFO info, const char **value) {
  return strandline_curl.easy_getinfo(easy, info, value);
}

// 1 and the result once the only transfer of this multi handle is over, else 0.
static inline int strandline_finished(CURLM *multi, CURLcode *result) {
  int left = 0;
  CURLMsg *message;
  while ((message = strandline_curl.multi_info_read(multi, &left))) {
    if (message->msg == CURLMSG_DONE) {
      *result = message->data.result;
      return 1;
    }
  }
  return 0;
}

static inline CURL *strandline_easy_init(void) { return strandline_curl.easy_init(); }
static inline void strandline_easy_cleanup(CURL *easy) { strandline_curl.easy_cleanup(easy); }
static inline CURLcode strandline_easy_pause(CURL *easy, int mask) { return strandline_curl.easy_pause(easy, mask); }
static inline const char *strandline_easy_strerror(CURLcode code) { return strandline_curl.easy_strerror(code); }
static inline void strandline_free(void *memory) { strandline_curl.free(memory); }
static inline CURLcode strandline_global_init(long flags) { return strandline_curl.global_init(flags); }

// A connection that is used for something else than HTTP.
static inline CURLcode strandline_easy_perform(CURL *easy) { return strandline_curl.easy_perform(easy); }
static inline CURLcode strandline_easy_send(CURL *easy, const void *bytes, size_t count, size_t *sent) {
  return strandline_curl.easy_send(easy, bytes, count, sent);
}
static inline CURLcode strandline_easy_recv(CURL *easy, void *room, size_t count, size_t *received) {
  return strandline_curl.easy_recv(easy, room, count, received);
}
static inline int strandline_socket(CURL *easy) {
  curl_socket_t socket = CURL_SOCKET_BAD;
  if (strandline_curl.easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &socket) != CURLE_OK) return -1;
  return (int)socket;
}

static inline CURLM *strandline_multi_init(void) { return strandline_curl.multi_init(); }
static inline CURLMcode strandline_multi_cleanup(CURLM *multi) { return strandline_curl.multi_cleanup(multi); }
static inline CURLMcode strandline_multi_add_handle(CURLM *multi, CURL *easy) {
  return strandline_curl.multi_add_handle(multi, easy);
}
static inline CURLMcode strandline_multi_remove_handle(CURLM *multi, CURL *easy) {
  return strandline_curl.multi_remove_handle(multi, easy);
}
static inline CURLMcode strandline_multi_perform(CURLM *multi, int *running) {
  return strandline_curl.multi_perform(multi, running);
}
static inline CURLMcode strandline_multi_poll(CURLM *multi, int milliseconds) {
  return strandline_curl.multi_poll(multi, NULL, 0, milliseconds, NULL);
}
static inline const char *strandline_multi_strerror(CURLMcode code) { return strandline_curl.multi_strerror(code); }

static inline struct curl_slist *strandline_slist_append(struct curl_slist *list, const char *text) {
  return strandline_curl.slist_append(list, text);
}
static inline void strandline_slist_free_all(struct curl_slist *list) { strandline_curl.slist_free_all(list); }

// Cookies that transfers share, one after the other.
static inline CURLSH *strandline_cookies(void) {
  CURLSH *share = strandline_curl.share_init();
  if (share) strandline_curl.share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
  return share;
}
static inline int strandline_has_cookies(CURLSH *share) {
  CURL *easy = strandline_curl.easy_init();
  if (!easy) return 0;
  struct curl_slist *cookies = NULL;
  strandline_curl.easy_setopt(easy, CURLOPT_SHARE, share);
  strandline_curl.easy_getinfo(easy, CURLINFO_COOKIELIST, &cookies);
  int found = cookies != NULL;
  strandline_curl.slist_free_all(cookies);
  strandline_curl.easy_cleanup(easy);
  return found;
}
static inline void strandline_cookies_free(CURLSH *share) { strandline_curl.share_cleanup(share); }

static inline CURLU *strandline_url(void) { return strandline_curl.url(); }
static inline void strandline_url_cleanup(CURLU *url) { strandline_curl.url_cleanup(url); }
static inline CURLUcode strandline_url_get(CURLU *url, CURLUPart part, char **value, unsigned int flags) {
  return strandline_curl.url_get(url, part, value, flags);
}
static inline CURLUcode strandline_url_set(CURLU *url, CURLUPart part, const char *value, unsigned int flags) {
  return strandline_curl.url_set(url, part, value, flags);
}
static inline const char *strandline_url_strerror(CURLUcode code) { return strandline_curl.url_strerror(code); }
