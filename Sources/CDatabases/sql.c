#include "CDatabases.h"
#include <dlfcn.h>

static struct strandline_pq pq;
static struct strandline_odbc odbc;

const struct strandline_pq *strandline_pq_functions(void) { return &pq; }
const struct strandline_odbc *strandline_odbc_functions(void) { return &odbc; }

#define FIND(table, prefix, name) \
  if (!(table.name = (__typeof__(table.name))dlsym(library, prefix #name))) return dlerror();

const char *strandline_load_pq(void) {
  void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
  if (!library) return dlerror();
#define F(name) FIND(pq, "PQ", name)
  F(connectStartParams) F(connectPoll) F(status) F(socket) F(finish) F(errorMessage)
  F(sendQueryParams) F(sendQuery) F(setSingleRowMode) F(setErrorVerbosity) F(setNoticeProcessor) F(consumeInput) F(isBusy) F(getResult)
  F(resultStatus) F(resultErrorField) F(ntuples) F(nfields) F(fname) F(ftype) F(getisnull) F(getvalue) F(getlength)
  F(clear) F(getCancel) F(cancel) F(freeCancel)
#undef F
  return NULL;
}

static void say_nothing(void *context, const char *text) {}

void strandline_pq_silence(void *connection) { pq.setNoticeProcessor(connection, say_nothing, NULL); }

const char *strandline_load_odbc(void) {
  void *library = dlopen("libodbc.so.2", RTLD_NOW | RTLD_LOCAL);
  if (!library) return dlerror();
#define F(name) FIND(odbc, "SQL", name)
  F(AllocHandle) F(FreeHandle) F(SetEnvAttr) F(SetConnectAttr) F(SetStmtAttr) F(DriverConnectW) F(GetInfoW)
  F(ExecDirectW) F(NumResultCols) F(DescribeColW) F(ColAttributeW) F(Fetch) F(GetData) F(GetDiagRecW) F(Cancel)
  F(EndTran) F(Disconnect) F(FreeStmt)
#undef F
  return NULL;
}
