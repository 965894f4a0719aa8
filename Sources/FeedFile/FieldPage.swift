extension Field {
  private static let sections = [
    "", "source", "source.auth", "source.tls", "source.expect", "source.pages", "source.login",
    "source.redis", "guards",
    "columns",
    "publish",
  ]

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
    for section in sections {
      page += "\n## \(section.isEmpty ? "The file itself" : section)\n\n"
      page += "| field | type | default | what it does |\n|---|---|---|---|\n"
      for field in fields(of: section) {
        page += "| `\(field.name)` | \(field.kind.words) | \(field.otherwise.words) | \(field.about) |\n"
      }
    }
    return page + xml + databases + dates
  }

  private static let xml = """

    ## XML

    Each element at `record` becomes a line of JSON, and these lines are the dump that is stored:

    | in the element | is |
    |---|---|
    | an attribute `id="7"` | the column `@id`; declarations of namespaces (`xmlns`) are left out |
    | an element of text alone, `<name>Husum</name>` | the column `name`, its text kept as it is |
    | an element with `xsi:nil="true"` | null |
    | an element with attributes or elements in it | an object by the same rules |
    | several elements of one name | an array, at the place of the first |
    | text beside attributes or elements | the column `#text`, without blanks around it |

    All values are texts. Names are as they are written, prefixes included. A document with a document type declaration
    is refused, and so is one that is not well-formed to its end. Expat has to be installed (`libexpat1`).

    ```yaml
    source: { url: "https://example.org/stations.xml", record: /report/stations/station }
    key: "@id"
    ```

    """

  private static let dates = """

    ## Dates

    `url`, `query`, `form` and `body` of a source may have dates in braces, which follow from the time of the run (its
    `valid_from`, so `--observed-at` too) in the source's `time_zone`. Other braces are what they are.

    | date | is |
    |---|---|
    | `{today}` | the run's day: `2026-11-21` |
    | `{today-7d}`, `{now-6h}`, `{now+30m}`, `{now-90s}` | steps of days, hours, minutes, seconds; several may follow each other |
    | `{month}`, `{month-1}`, `{month-1d}` | the first day of the run's month, of the month before, the last day of that |
    | `{year}`, `{year-1}` | the first day of the year, of the year before |
    | `{now}` | the run's moment, `2026-11-21T08:18:00+01:00` |
    | `{today:%d.%m.%Y}`, `{now-1h:%Y%m%dT%H%M}` | written otherwise: %Y %y %m %d %H %M %S %j %F %T %s %z %:z %% as in `strftime` |

    ```yaml
    source:
      url: https://reports.example.org/ReportServer?/cases
      time_zone: Europe/Berlin
      query:
        rs:Format: CSV
        Region: [North, South, East, West]
        From: "{month-1:%d.%m.%Y}"
        To: "{month-1d:%d.%m.%Y}"
    ```

    """
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
    case .lists: "mapping of names to texts or lists"
    case .query: "mapping of names to texts or lists; SQL: text"
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
