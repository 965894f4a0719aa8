import Documents
import StrandlineTesting
import Testing

/// How a command ended, in a form that explains itself when a test fails.
struct Result: CustomStringConvertible {
  let command: String
  let status: Int32
  let bytes: [UInt8]
  let errors: String

  init(command: String, _ outcome: ChildProcess.Outcome) {
    self.command = command
    status = outcome.status
    bytes = outcome.output
    errors = outcome.errorText
  }

  var output: String { String(decoding: bytes, as: UTF8.self) }

  var description: String {
    "$ \(command)\n[status \(status)]\n[output] \(output.prefix(2000))\n[errors] \(errors.prefix(4000))\n"
  }

  /// The event that it printed.
  var event: Event { get throws { try Documents.decode(Event.self, from: bytes, name: command) } }

  /// Expects an exit code, and that standard error says all of some texts.
  func expect(_ code: Int32, says texts: String..., at location: SourceLocation = #_sourceLocation) {
    #expect(status == code, "\(self)", sourceLocation: location)
    for text in texts {
      #expect(errors.contains(text), "it does not say \"\(text)\":\n\(self)", sourceLocation: location)
    }
  }
}

/// One pass through the chain.
struct Tick: CustomStringConvertible {
  var results: [Result] = []

  var description: String { results.map(\.description).joined() }

  /// The worst exit code.
  var status: Int32 { results.map(\.status).max() ?? 0 }

  /// The last event that was printed.
  var event: Event? { get throws { try results.last { !$0.bytes.isEmpty }?.event } }

  /// All that was printed.
  var everything: String { results.map { $0.output + $0.errors }.joined() }

  /// All that was said.
  var errors: String { results.map(\.errors).joined() }

  /// Expects an exit code, and that standard error says all of some texts.
  func expect(_ code: Int32, says texts: String..., at location: SourceLocation = #_sourceLocation) {
    #expect(status == code, "\(self)", sourceLocation: location)
    for text in texts {
      #expect(errors.contains(text), "it does not say \"\(text)\":\n\(self)", sourceLocation: location)
    }
  }
}

/// What is public of an event.
struct Event: Decodable {
  var id: String
  var data: Report

  struct Report: Decodable {
    var feed: String
    var store: String
    var run: String
    var outcome: String
    var message: String?
    var seq: Int?
    var validFrom: String
    var counts: Counts?
    var dump: Dump?
    var quarantine: Object?
    var published: String?

    enum CodingKeys: String, CodingKey {
      case feed, store, run, outcome, message, seq
      case validFrom = "valid_from"
      case counts, dump, quarantine, published
    }
  }
  struct Counts: Decodable { var inserted, updated, deleted, bad, duplicates, conflicts, records: Int }
  struct Dump: Decodable {
    var bytes, newBytes: Int

    enum CodingKeys: String, CodingKey {
      case bytes
      case newBytes = "new_bytes"
    }
  }
  struct Object: Decodable { var object: String }
}

/// A line of `query --runs`.
struct RunRow: Decodable {
  var run: String
  var validFrom: String
  var stage: String
  var outcome: String
  var entry: Int?

  enum CodingKeys: String, CodingKey {
    case run
    case validFrom = "valid_from"
    case stage, outcome, entry
  }
}

/// A line of a quarantine file.
struct QuarantinedRow: Decodable {
  var reason: String
  var message: String
  var record, line, offset, length: Int
  var bytes, bytesHex: String?

  enum CodingKeys: String, CodingKey {
    case reason, message, record, line, offset, length, bytes
    case bytesHex = "bytes_hex"
  }
}

/// The pointer that readers of what is published go through.
struct PointerFile: Decodable {
  var seq: Int
  var current, closed: [Part]
  struct Part: Decodable { var object: String }
}

func lines<T: Decodable>(of type: T.Type, in text: String) throws -> [T] {
  try text.split(separator: "\n").map { try Documents.decode(type, from: Array($0.utf8), name: String($0)) }
}
