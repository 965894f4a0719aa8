extension Field {
  /// What is asked of databases.
  static let database: [Field] = [
    Field(
      "source.redis", .section, .none, "{ match: \"trace:*\", values: hash }",
      "Of a `redis` or `rediss` source: which keys are read, and what their values are."),
    Field(
      "source.redis.match", .text, .none, "\"trace:*\"",
      "What a key has to look like, in the words of Redis' `SCAN … MATCH` (`*`, `?`, `[a-z]`). Without it all keys are"
        + " read."),
    Field(
      "source.redis.values", .choice(Source.Redis.Values.names), .value("text"), "hash",
      "What a value is: a string that is `text` (column `value`), one of any bytes (`hex`, hexadecimal digits in the"
        + " column `value`), one that is a `json` document (an object's members are columns, anything else is the column"
        + " `value`), a `hash` whose fields are columns, or, with `auto`, a string or a hash as each key's type says. A key"
        + " of another type goes to quarantine, and so does text that is no UTF-8."),
    Field(
      "source.redis.key_column", .text, .value("key"), "trace",
      "The column that a key's name goes to."),
    Field(
      "source.redis.count", .number, .value("1000"), "100",
      "How many keys the server looks at in one step of `SCAN`, about: while it does, nobody else is served."),
    Field(
      "source.redis.scans", .number, .value("2"), "1",
      "How many whole scans, one after the other, have to miss a key before it counts as gone. A scan may miss a key"
        + " that was deleted and written again meanwhile; 1 is enough where nobody does that."),
  ]
}
