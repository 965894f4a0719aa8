extension Field {
  /// Every field there is.
  package static let all = general + web + database + peace + conversion

  private static let general: [Field] = [
    Field(
      "feed", .text, .required, "cases",
      "The feed's name: 1 to 100 of `A-Z a-z 0-9 . _ -`, not starting with a dot. All that is kept of the feed"
        + " stands under this name in the store."),
    Field(
      "store", .text, .none, "./store",
      "Where history is kept: a folder, relative to this file's, or a URL (`s3://bucket/prefix`,"
        + " `gs://bucket/prefix`). Usually left out and taken from `STRANDLINE_STORE` or `--store`."),
    Field(
      "source", .section, .required, "{ path: a.csv }", "Where the dump comes from and how it is laid out."),
    Field(
      "key", .list, .value("[]"), "[Date, Country]",
      "The column or columns that identify a record. Without a key the whole record is its key: rows only come"
        + " and go."),
    Field(
      "schedule", .duration, .none, "30m",
      "How often the feed is meant to be read. Whoever starts the runs decides in the end; the local runner keeps"
        + " to it."),
    Field(
      "min_interval", .duration, .derived("half of `schedule`, else `0s`"), "10m",
      "The least time between the beginnings of two reads of the source, whoever starts them and whatever came of the first. It"
        + " holds for all versions of this file: where they say otherwise, the longer time counts. `fetch --try-again` reads by new"
        + " settings at once."),
    Field("guards", .section, .none, "{ bad: 2% }", "When a run is refused and history left alone."),
    Field(
      "duplicates", .choice(Feed.Duplicates.names), .value("first"), "last",
      "Which of several different records with the same key is kept, in dump order; the others go to quarantine."
    ),
    Field("columns", .section, .none, "{ added: all }", "What a changed header means."),
    Field(
      "fingerprint", .choice(Feed.Fingerprint.names), .value("universal"), "sha256",
      "By what records are known again. `universal` is a keyed hash near the speed of memory: nobody who writes into"
        + " the feed can make two records look the same. `sha256` (keyed too) is for those who must have it; hashing"
        + " takes six times as long with it. After a change the next dump is stored as if it were the first; history goes on."
    ),
    Field("publish", .section, .none, "{ current: never }", "What is published beside the parts."),

    Field(
      "source.url", .text, .none, "https://example.org/cases.csv",
      "The dump's address: `https`, `http`, `s3`, `gs`, or that of a [database](#databases): `redis`, `rediss`,"
        + " `postgresql`, `odbc`. Either this or `path`. Credentials go to `auth`. It may have [dates](#dates) in it, but"
        + " for a database."),
    Field("source.path", .text, .none, "dumps/cases.csv", "The dump's file, relative to this file's folder."),
    Field(
      "source.format", .choice(["csv", "jsonl", "json", "xml"]),
      .derived(
        "by the ending of `url` or `path` (`.csv`, `.tsv`, `.jsonl`, `.ndjson`, `.json`, `.xml`), else `csv`;"
          + " of a database always `jsonl`"),
      "jsonl",
      "How records are laid out: `csv` with a header line, `jsonl` with one JSON object a line, `json` with an"
        + " array of objects, or `xml` with an element for each at `record`, which are stored as JSON Lines."),
    Field(
      "source.delimiter", .byte, .derived("`,`, for a name that ends in `.tsv` a tab"), "\";\"",
      "What stands between two fields of a `csv` line: one ASCII character, `tab` or `\"\\t\"`."),
    Field(
      "source.unwrap", .path, .derived("the array is the outermost value"), "Incidents",
      "Where in a `json` dump the array of records is: names joined by dots (`result.items`), or a list of names."
    ),
    Field(
      "source.headers", .map, .none, "{ Accept-Language: en }",
      "Request headers by name. No secrets: `Authorization`, `Cookie` and what is called a key or token are refused."
    ),
    Field(
      "source.auth", .section, .none, "{ bearer_env: CASES_TOKEN }", "Who asks, if the source wants to know."),
    Field(
      "source.timeout", .duration, .value("30m"), "10m", "The longest that one read of the source may take."),
    Field(
      "source.connect_timeout", .duration, .value("30s"), "10s",
      "The longest that making a connection may take."),
    Field(
      "source.low_speed", .number, .value("1"), "1000",
      "A download of fewer bytes a second than this, for as long as `low_speed_time`, is given up; 0: never."),
    Field(
      "source.low_speed_time", .duration, .value("5m"), "1m",
      "How long a download may be slower than `low_speed`, once it has begun; `timeout` is for all of it."),

    Field(
      "source.auth.user", .text, .none, "reader",
      "The user of HTTP Basic authentication, of NTLM (one of a domain is written `DOMAIN\\user`), or of a database; Redis'"
        + " default user has no name."),
    Field(
      "source.auth.password_env", .text, .none, "CASES_PASSWORD",
      "The environment variable that holds the user's password."),
    Field(
      "source.auth.password_file", .text, .none, "/run/secrets/cases",
      "The file that holds the user's password, relative to this file's folder."),
    Field(
      "source.auth.bearer_env", .text, .none, "CASES_TOKEN",
      "The environment variable that holds a bearer token."),
    Field(
      "source.auth.bearer_file", .text, .none, "/run/secrets/cases",
      "The file that holds a bearer token, relative to this file's folder."),

    Field(
      "guards.bad", .percent, .value("1%"), "0.5%",
      "More bad records than this share of the dump refuse the run."),
    Field(
      "guards.gone", .percent, .value("20%"), "50%",
      "More records gone than this share of the last state refuse the run, if they are at least `gone_at_least`."
    ),
    Field(
      "guards.gone_at_least", .number, .value("100"), "1000",
      "Fewer records gone than this never refuse a run."),
    Field(
      "guards.duplicates", .percent, .value("5%"), "0%",
      "More second records of a key, different from the first, than this share of the dump refuse the run."),
    Field(
      "guards.repeated", .percent, .value("25%"), "50%",
      "More repeats of the very same record than this share of the dump refuse the run, where there is a `key`: a dump"
        + " that was put together twice changes nothing, and is sick all the same."),
    Field(
      "guards.empty", .choice(Feed.Verdict.names), .value("refuse"), "accept",
      "What is done with a dump without records."),
    Field(
      "guards.truncated", .choice(Feed.Verdict.names), .value("refuse"), "accept",
      "What is done with CSV or JSON Lines that end inside quotes, or without the line end that the last dump had."
        + " A download that breaks off is an error, and nothing of it is kept."),

    Field(
      "columns.added", .choice(Feed.Columns.Added.names), .value("non_empty"), "all",
      "Which records change when a column appears: those in which it is not empty, all, or none. `none` needs a"
        + " header, so it is for `csv` alone."),

    Field(
      "publish.current", .choice(Feed.Publish.Current.names), .value("auto"), "always",
      "Whether `current.jsonl`, all records in one file, is written: `auto` while it is under 64 MiB."),
    Field(
      "publish.grace", .duration, .value("1d"), "2h",
      "How long published parts stay that a newer publication does not name any more: as long as a query of yours"
        + " may take. The first publication after that removes them."),
    Field(
      "publish.lists", .choice(Feed.Publish.Lists.names), .value("auto"), "never",
      "Whether the lists of files that BigQuery reads, and its statements, are written: `auto` unless the store is on"
        + " `s3://`. Each is a request for every publication."),
  ]
}
