extension Field {
  /// When a source is left alone.
  static let peace: [Field] = [
    Field(
      "source.hours", .list, .derived("always"), "[\"Mon-Fri 22:00-06:00\", \"Sat,Sun 00:00-24:00\"]",
      "When reads may begin: spans as clocks in `time_zone` show them, each with the days on which it begins, else every day. One"
        + " that began goes on to its end, so leave room for it. An hour that clocks skip does not take place."
    ),
    Field(
      "source.jitter", .duration, .value("0s"), "30s",
      "Up to how long a run waits before it takes the lock and reads, at most 10m: how long follows from the feed's name, so that"
        + " feeds that are started in the same second do not read in the same second."),
    Field(
      "source.breaker", .section, .none, "{ failures: 5, pause: 10m, longest: 6h }",
      "What is done while reads fail. A source that asks to be left alone (`Retry-After`) is, for up to a day. One that refuses"
        + " the credentials is not asked again before they are others (or, once, the settings of `source`), or somebody says `fetch"
        + " --try-again`."),
    Field(
      "source.breaker.failures", .number, .value("3"), "5",
      "So many failed reads in a row are followed by a pause, then by a single try; 0: there are no pauses."),
    Field(
      "source.breaker.pause", .duration, .value("5m"), "10m",
      "How long the first pause is; each further failure doubles it."),
    Field(
      "source.breaker.longest", .duration, .value("1h"), "6h", "How long a pause may become, at most 30d."),
  ]
}
