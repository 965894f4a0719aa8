extension Field {
  /// The page of the documentation that describes every field.
  package static var page: String {
    var page = """
      # Feed file

      What a feed file may say. This page is made from the table in `Sources/FeedFile/FieldTable.swift`.

      ## Overview

      A feed file is YAML or JSON and describes one feed. Durations are a whole number and a unit (`30s`, `5m`,
      `2h`, `1d`), shares a number and a percent sign (`1%`, `0.5%`). A field that is not known, given twice, or
      of the wrong kind is an error. Secrets never stand in it: it names the environment variable or the file
      that holds them.

      ```yaml
      feed: cases
      source:
        url: https://example.org/cases.csv
      key: [Date, Country]
      schedule: 30m
      guards: { gone: 50% }
      ```

      """
    for section in ["", "source", "source.auth", "guards", "columns", "publish"] {
      page += "\n## \(section.isEmpty ? "The file itself" : section)\n\n"
      page += "| field | type | default | what it does |\n|---|---|---|---|\n"
      for field in fields(of: section) {
        page += "| `\(field.name)` | \(field.kind.words) | \(field.otherwise.words) | \(field.about) |\n"
      }
    }
    return page
  }
}

extension Field.Kind {
  /// What may stand there, in words.
  var words: String {
    switch self {
    case .text: "text"
    case .number: "whole number"
    case .byte: "one character"
    case .percent: "share"
    case .duration: "duration"
    case .list: "text or list of texts"
    case .path: "dotted path or list of texts"
    case .map: "mapping of names to texts"
    case .section: "mapping, see below"
    case .choice(let names): either(names.map { "`\($0)`" })
    }
  }
}

extension Field.Default {
  /// What holds without the field, in words.
  var words: String {
    switch self {
    case .required: "required"
    case .none: "–"
    case .value(let text): "`\(text)`"
    case .derived(let words): words
    }
  }
}
