import Basics
import History
import ObjectStore
import Stages

/// What came of a question.
enum Answer: Equatable {
  case told(String)
  case failed(String)
}

/// Everything that the functions can be asked of a feed, answered from a store.
struct Questions {
  let feed: SoundFeed

  /// The answers of functions that only read.
  func ask(_ store: MemoryStore) -> [(question: String, answer: Answer)] {
    let worker = Worker(store, feed.settings, seed: 77)
    var answers: [(String, Answer)] = []
    func ask(_ question: String, _ body: (HistoryQuery, Text) throws(Failure) -> Void) {
      answers.append(
        (
          question,
          Self.answer { () throws(Failure) in
            let text = Text()
            try body(HistoryQuery(try worker.context()), text)
            return text.said
          }
        ))
    }
    for head in feed.heads {
      ask("as-of \(head.seq)") { (query, text) throws(Failure) in
        try query.asOf(head.validFrom, knownAt: head.recordedAt, to: text)
      }
    }
    for (old, new) in zip(feed.heads, feed.heads.dropFirst()) where old.validFrom < new.validFrom {
      ask("diff \(new.seq)") { (query, text) throws(Failure) in
        try query.difference(old.validFrom, new.validFrom, to: text)
      }
    }
    for key in ["70", "9", "1", "7"] {
      ask("key \(key)") { (query, text) throws(Failure) in try query.versions(ofKey: [key], to: text) }
    }
    for run in feed.runs {
      ask("dump \(run)") { (query, text) throws(Failure) in
        try unsafe query.dump(run) { unsafe text.add($0) }
      }
    }
    return answers
  }

  /// What a next run comes to, and what is known after it. It changes the store.
  func run(_ store: MemoryStore) -> Answer {
    let worker = Worker(store, feed.settings, seed: 78)
    return Self.answer { () throws(Failure) in
      let event = try worker.tick(feed.next)
      let text = Text()
      try HistoryQuery(try worker.context()).asOf(event.data.validFrom, to: text)
      return "\(event.data.outcome) \(text.said)"
    }
  }

  /// The rows that readers see.
  func published(_ store: MemoryStore) -> Answer {
    Self.answer { () throws(Failure) in
      let folder = FeedFolder(store: store, feed: SoundFeed.name)
      guard let pointer = try Pointer.read(folder)?.pointer else { return "nothing" }
      var text: [UInt8] = []
      for part in pointer.current + pointer.closed { text += try folder.get(part.object) }
      if let file = pointer.currentFile { text += try folder.get(file.object) }
      return String(decoding: text, as: UTF8.self)
    }
  }

  /// What an audit that reads everything finds that a person is to act on, and what is damaged or gone without harm.
  func findings(_ store: MemoryStore) throws(Failure) -> [Finding] {
    var options = FeedAudit.Options()
    options.verifies = true
    var audit = try FeedAudit(Worker(store, feed.settings, seed: 79).context(), options)
    return try audit.run().findings.filter { $0.level == .act || [.damaged, .missing].contains($0.kind) }
  }

  private static func answer(_ body: () throws(Failure) -> String) -> Answer {
    do throws(Failure) { return .told(try body()) } catch { return .failed(error.message) }
  }
}

/// Rows as JSON Lines.
private final class Text: RowSink {
  private var bytes: [UInt8] = []
  let takesJSON = true

  var said: String { String(decoding: bytes, as: UTF8.self) }
  func add(_ more: UnsafeRawBufferPointer) { unsafe bytes.append(contentsOf: more) }
  func jsonLines(_ lines: UnsafeRawBufferPointer) throws(Failure) { unsafe add(lines) }
  func row(_ fields: [Field]) throws(Failure) {
    bytes += Array((fields.map { "\($0.name)=\($0.text)" }.joined(separator: ",") + "\n").utf8)
  }
}
