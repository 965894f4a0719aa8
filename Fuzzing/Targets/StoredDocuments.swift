import Basics
import Coordination
import Documents
import History
import Stages

extension FuzzTarget {
  static let documents = [
    FuzzTarget(name: "head", longest: 8192) { try document(Head.self, $0) },
    FuzzTarget(name: "event", longest: 8192) { try document(RunEvent.self, $0) },
    FuzzTarget(name: "lock", longest: 4096) { try document(LockDocument.self, $0) },
    FuzzTarget(name: "pointer", longest: 8192) { try document(Pointer.self, $0) },
  ]

  /// A document of the store is refused as damaged, or means the same when it is written and read again.
  private static func document<T: Codable & Hashable>(_ type: T.Type, _ input: [UInt8]) throws {
    let read = try refusing { () throws(Failure) in
      try Documents.decode(type, from: input, name: "the document")
    }
    guard let read else { return }
    let written = Documents.encode(read)
    let again = try Documents.decode(type, from: written, name: "the document")
    try require(again == read, "\(again) is not \(read)")
    try require(Documents.encode(again) == written, "it is written differently")
  }
}
