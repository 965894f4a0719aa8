#pragma once
#include <stddef.h>

// Clients of databases, each loaded when a feed first asks for one: nobody else needs them installed, and nothing of them is
// needed to build. So what is used of them is declared here, in the words of their documentation.

// hiredis' reader of replies (<hiredis/read.h>). Connections are made elsewhere: its own know no TLS before 1.0.
struct strandline_reply {
  int type;           // REDIS_REPLY_…
  long long integer;
  const char *text;   // of strings, statuses and errors
  size_t length;
  size_t count;       // of arrays
};

// NULL if the library is loaded, else what is wrong. Not to be called by two threads at once.
const char *strandline_load_hiredis(void);
void *strandline_reader(void);
void strandline_reader_free(void *reader);
// 0, or -1 if it is out of memory or what came is no RESP.
int strandline_reader_feed(void *reader, const void *bytes, size_t length);
// 0 and a reply, or 0 and NULL if none is whole yet; -1 if what came is no RESP.
int strandline_reader_reply(void *reader, void **reply);
const char *strandline_reader_error(void *reader);
void strandline_reply_free(void *reply);
struct strandline_reply strandline_reply_look(const void *reply);
const void *strandline_reply_element(const void *reply, size_t index);

// libpq (<libpq-fe.h>), whose interface has been the same for twenty years.
enum {
  STRANDLINE_PQ_BAD = 1,
  STRANDLINE_PQ_POLL_FAILED = 0, STRANDLINE_PQ_POLL_READING = 1, STRANDLINE_PQ_POLL_WRITING = 2, STRANDLINE_PQ_POLL_OK = 3,
  STRANDLINE_PQ_COMMAND_OK = 1, STRANDLINE_PQ_TUPLES_OK = 2, STRANDLINE_PQ_COPY_OUT = 3, STRANDLINE_PQ_COPY_IN = 4,
  STRANDLINE_PQ_SINGLE_TUPLE = 9,
  STRANDLINE_PQ_SQLSTATE = 'C', STRANDLINE_PQ_MESSAGE = 'M', STRANDLINE_PQ_HINT = 'H', STRANDLINE_PQ_DETAIL = 'D'
};

struct strandline_pq {
  void *(*connectStartParams)(const char *const *names, const char *const *values, int expand);
  int (*connectPoll)(void *connection);
  int (*status)(const void *connection);
  int (*socket)(const void *connection);
  void (*finish)(void *connection);
  char *(*errorMessage)(const void *connection);
  int (*sendQueryParams)(void *connection, const char *command, int count, const unsigned int *types,
                         const char *const *values, const int *lengths, const int *formats, int format);
  int (*sendQuery)(void *connection, const char *command);
  int (*setSingleRowMode)(void *connection);
  int (*setErrorVerbosity)(void *connection, int verbosity);
  void *(*setNoticeProcessor)(void *connection, void (*tell)(void *, const char *), void *context);
  int (*consumeInput)(void *connection);
  int (*isBusy)(void *connection);
  void *(*getResult)(void *connection);
  int (*resultStatus)(const void *result);
  char *(*resultErrorField)(const void *result, int field);
  int (*ntuples)(const void *result);
  int (*nfields)(const void *result);
  char *(*fname)(const void *result, int column);
  unsigned int (*ftype)(const void *result, int column);
  int (*getisnull)(const void *result, int row, int column);
  char *(*getvalue)(const void *result, int row, int column);
  int (*getlength)(const void *result, int row, int column);
  void (*clear)(void *result);
  void *(*getCancel)(void *connection);
  int (*cancel)(void *cancel, char *text, int length);
  void (*freeCancel)(void *cancel);
};
// Its functions; valid once strandline_load_pq() said so.
const struct strandline_pq *strandline_pq_functions(void);
const char *strandline_load_pq(void);
// Notices would go to standard error otherwise.
void strandline_pq_silence(void *connection);

// ODBC 3.8 (ISO/IEC 9075-3, and <sql.h>), by unixODBC: its wide characters have 16 bits.
enum {
  STRANDLINE_ODBC_SUCCESS = 0, STRANDLINE_ODBC_INFO = 1, STRANDLINE_ODBC_NO_DATA = 100,
  STRANDLINE_ODBC_ENVIRONMENT = 1, STRANDLINE_ODBC_CONNECTION = 2, STRANDLINE_ODBC_STATEMENT = 3
};
struct strandline_odbc {
  short (*AllocHandle)(short type, void *of, void **handle);
  short (*FreeHandle)(short type, void *handle);
  short (*SetEnvAttr)(void *environment, int attribute, void *value, int length);
  short (*SetConnectAttr)(void *connection, int attribute, void *value, int length);
  short (*SetStmtAttr)(void *statement, int attribute, void *value, int length);
  short (*DriverConnectW)(void *connection, void *window, const unsigned short *text, short length,
                          unsigned short *completed, short room, short *count, unsigned short mode);
  short (*GetInfoW)(void *connection, unsigned short what, void *value, short room, short *length);
  short (*ExecDirectW)(void *statement, const unsigned short *text, int length);
  short (*NumResultCols)(void *statement, short *count);
  short (*DescribeColW)(void *statement, unsigned short column, unsigned short *name, short room, short *length,
                        short *type, unsigned long *size, short *digits, short *nullable);
  short (*ColAttributeW)(void *statement, unsigned short column, unsigned short field, void *text, short room,
                         short *length, long *number);
  short (*Fetch)(void *statement);
  short (*GetData)(void *statement, unsigned short column, short type, void *value, long room, long *length);
  short (*GetDiagRecW)(short type, void *handle, short record, unsigned short *state, int *code, unsigned short *text,
                       short room, short *length);
  short (*Cancel)(void *statement);
  short (*EndTran)(short type, void *handle, short how);
  short (*Disconnect)(void *connection);
  short (*FreeStmt)(void *statement, unsigned short how);
};
const struct strandline_odbc *strandline_odbc_functions(void);
const char *strandline_load_odbc(void);
