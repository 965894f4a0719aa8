/// What a function prints, by the names that stand in it: read here as a stranger would, not with the project's types.
struct Event: Decodable, Sendable {
  struct Data: Decodable, Sendable {
    let run: String
    let outcome: String
    let message: String?
    let counts: Counts?
    let columns: Columns?
    let dump: Dump?
  }

  struct Counts: Decodable, Equatable, Sendable {
    let records, current, inserted, updated, deleted, bad, duplicates, conflicts: Int
  }

  struct Columns: Decodable, Equatable, Sendable {
    let added, removed: [String]
  }

  struct Dump: Decodable, Sendable {
    let newBytes: Int

    enum CodingKeys: String, CodingKey { case newBytes = "new_bytes" }
  }

  let data: Data
}

/// `published/pointer.json`, as a stranger would read it.
struct PublishedPointer: Decodable, Sendable {
  struct Part: Decodable, Sendable {
    let uri, object: String
    let rows: Int
  }

  let current, closed: [Part]
  let currentFile: Part?

  enum CodingKeys: String, CodingKey {
    case current, closed
    case currentFile = "current_file"
  }
}
