import Basics
import FeedFile
import Hashing
import History
import ObjectStore

/// What stands beside the pointer: lists of files for BigQuery, the schema, and statements that read both.
///
/// BigQuery's side is documented at
/// <https://cloud.google.com/bigquery/docs/external-data-cloud-storage> (`file_set_spec_type`).
struct Companions {
  /// What is for BigQuery alone.
  static let forBigQuery = [
    "published/current.manifest", "published/history.manifest", "published/bigquery.sql",
  ]
  private let folder: FeedFolder
  private let pointer: Pointer
  /// Whether there is anything for BigQuery.
  let hasLists: Bool

  /// - Parameter lists: whether there is anything for BigQuery.
  init(_ folder: FeedFolder, _ pointer: Pointer, _ lists: Feed.Publish.Lists) {
    self.folder = folder
    self.pointer = pointer
    hasLists = lists == .always || (lists == .auto && !folder.store.location.hasPrefix("s3://"))
  }

  /// The lists of files, and what else is to be replaced, in the order in which that is done.
  func files(_ isNew: (_ path: String) -> Bool) throws(Failure) -> [(path: String, bytes: [UInt8])] {
    let files = try lasting().filter { isNew($0.path) }
    if !hasLists { return files }
    return files + Self.lists(of: pointer)
  }

  /// The lists of the files that a pointer names.
  static func lists(of pointer: Pointer) -> [(path: String, bytes: [UInt8])] {
    [
      ("published/current.manifest", list(pointer.current)),
      ("published/history.manifest", list(pointer.closed + pointer.current)),
    ]
  }

  /// SHA-256 of what only changes when columns do.
  func digests() throws(Failure) -> [String: String] {
    var digests: [String: String] = [:]
    for file in try lasting() { digests[file.path] = hex(SHA256.digest(file.bytes)) }
    return digests
  }

  private func lasting() throws(Failure) -> [(path: String, bytes: [UInt8])] {
    var files = [
      ("published/schema.json", Array(schema.utf8)),
      ("published/duckdb.sql", Array(try duckDB().utf8)),
    ]
    if hasLists { files.append(("published/bigquery.sql", Array(try bigQuery().utf8))) }
    return files
  }

  private var allColumns: [Pointer.Column] {
    validityColumns.map { Pointer.Column(name: $0, type: "TIMESTAMP") } + pointer.columns
  }

  private static func list(_ parts: [Pointer.Part]) -> [UInt8] {
    Array(parts.map { $0.uri + "\n" }.joined().utf8)
  }

  private var schema: String {
    let fields = allColumns.map { column in
      let mode = ["valid_from", "recorded_at"].contains(column.name) ? "REQUIRED" : "NULLABLE"
      return "  {\"name\": \(quote(column.name, "\"")), \"type\": \"\(column.type)\", \"mode\": \"\(mode)\"}"
    }
    return "[\n" + fields.joined(separator: ",\n") + "\n]\n"
  }

  private func bigQuery() throws(Failure) -> String {
    let columns = allColumns.map { "  \(quote($0.name, "`")) \($0.type)" }.joined(separator: ",\n")
    var text = "-- Replace `dataset` by yours. The tables follow every publication by themselves.\n"
    for table in ["current", "history"] {
      text += """

        CREATE OR REPLACE EXTERNAL TABLE `dataset.\(folder.feed.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined())_\(table)` (
        \(columns)
        )
        OPTIONS (
          format = 'NEWLINE_DELIMITED_JSON',
          uris = [\(quote(try folder.uri("published/\(table).manifest"), "'"))],
          file_set_spec_type = 'NEW_LINE_DELIMITED_MANIFEST',
          ignore_unknown_values = TRUE
        );

        """
    }
    return text
  }

  private func duckDB() throws(Failure) -> String {
    let columns = allColumns.map { column in
      let type = column.type == "STRING" ? "VARCHAR" : column.type
      return "\(quote(column.name, "'")): '\(type)'"
    }.joined(separator: ", ")
    let pointer = quote(try folder.uri(Pointer.path), "'")
    return """
      -- Reads what is published now: run it again to follow a newer publication.
      SET VARIABLE strandline_current = (
        SELECT list(uri) FROM (SELECT unnest(current).uri AS uri FROM read_json(\(pointer), columns = {'current': 'STRUCT(uri VARCHAR)[]'})));
      SET VARIABLE strandline_history = (
        SELECT list(uri) FROM (SELECT unnest(list_concat(closed, current)).uri AS uri FROM read_json(\(pointer), columns = {'current': 'STRUCT(uri VARCHAR)[]', 'closed': 'STRUCT(uri VARCHAR)[]'})));
      CREATE OR REPLACE TEMP VIEW current_records AS
        SELECT * FROM read_json(getvariable('strandline_current'), format = 'newline_delimited', columns = {\(columns)});
      CREATE OR REPLACE TEMP VIEW history AS
        SELECT * FROM read_json(getvariable('strandline_history'), format = 'newline_delimited', columns = {\(columns)});

      """
  }

  private func quote(_ text: String, _ mark: Unicode.Scalar) -> String {
    var out = String(mark)
    // An accent may stand behind a mark, and they would be one character.
    for character in text.unicodeScalars {
      switch character {
      case mark: out += mark == "'" ? "''" : "\\\(mark)"
      case "\\" where mark != "'": out += "\\\\"
      default: out.unicodeScalars.append(character)
      }
    }
    out.unicodeScalars.append(mark)
    return out
  }
}
