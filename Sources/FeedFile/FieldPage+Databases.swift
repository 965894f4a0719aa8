extension Field {
  /// What databases are asked, in words.
  static let databases = """

    ## Databases

    A database hands out records, not a file: each becomes a line of JSON, the same for the same record, and the dump is
    those lines. It has no entity tag, so it is read in every run. Its client is loaded when it is first needed.

    | `url` | needs, on Debian | records |
    |---|---|---|
    | `redis://host:6379/0`, `rediss://…` | `libhiredis0.14`, `libhiredis1.1.0` | keys in the order of their bytes, see [source.redis](#sourceredis) |
    | `postgresql://host:5432/name?sslmode=verify-full` | `libpq5` | the rows of `query` |
    | `odbc:NAME`, `"odbc:Driver={…};Server=…"` | `libodbc2` and a driver, such as `odbc-postgresql` | the rows of `query` |

    ```yaml
    source:
      url: postgresql://db.example.org/shop
      auth: { user: reader, password_env: SHOP_PASSWORD }
      query: |
        SELECT id, placed, total FROM orders WHERE placed >= date '{today-30d}' ORDER BY id
    ```

    Who asks is in `auth`: `user` and `password_env` or `password_file` (Redis' default user has a password alone). `tls` is as
    for `https`; with `ca` PostgreSQL's `sslmode` is `verify-full` unless the URL has another. Where neither the URL nor
    `PGSSLMODE` says, TLS is asked for, and gone without if the server has none: name a mode to insist. What is said nowhere follows from
    libpq's own environment (`PGSSLMODE`, `~/.pgpass`, …) or from `odbc.ini`. Other parameters of libpq stand in the URL.

    A file of SQLite (`"odbc:Driver=SQLite3;Database=shop.db"`, with Debian's `libsqliteodbc`) is looked for where other files are: a
    relative `Database` is relative to the feed file. One that is missing is an error, and not made (`NoCreat=1`, unless the connection
    string says otherwise). Of a data source of `odbc.ini` neither holds: name it there by an absolute path.

    **Rows are typed.** Numbers, `true`, `false` and `null` are those of JSON, numbers as the database writes them; `json` and
    `jsonb` stay documents; dates and times are ISO 8601, those with a zone in UTC; `bytea` and other binary values are
    hexadecimal digits; `NaN`, infinities and all other types are texts. Through ODBC it is the driver who says what a
    column is: PostgreSQL's calls documents texts, and times with a zone times without (in UTC).

    **A query only reads.** It runs in a transaction that may only read (PostgreSQL, and through ODBC where the server knows
    `SET TRANSACTION READ ONLY`) and is rolled back in any case. Through ODBC it has to be one statement that begins with `SELECT`,
    `WITH`, `VALUES` or `TABLE`. Give it a user all the same who has no right to write. Each column needs a name of its own. No order is needed; with
    `ORDER BY` what did not change is found faster. The server ends a query after `timeout`, and it is cancelled when the
    function is told to end. A row is held in memory as a whole. PostgreSQL's ODBC driver is told to fetch
    rows in portions (`UseDeclareFetch=1`) unless the connection string says; other drivers may hold all of them.

    **Redis:** a cluster's node has a part of the keys and is refused. A hash of more than 65,536 fields is not read:
    its key goes to quarantine. A value of more than 17 MiB is not read: its key goes to
    quarantine. Up to 16 MiB of key names (and 16 bytes for each) are sorted in memory, more in a temporary file in `TMPDIR`.

    """
}
