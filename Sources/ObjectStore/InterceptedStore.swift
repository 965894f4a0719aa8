package import Basics

/// An operation of a store, as whoever interferes with it sees it.
package struct StoreOperation: Sendable, CustomStringConvertible {
  /// What is done.
  package enum Name: String, Sendable {
    case info, open, create, commit, delete, list, now
    // Of an object that is open.
    case read, move, write, copy
  }

  /// What is done.
  package let name: Name
  /// To what: a key, or of a listing its prefix; of the time nothing.
  package let key: String
  /// Of a copy, how many bytes.
  package var count = 0

  /// Whether what others see is another afterwards, so that an answer that is lost leaves doubt.
  package var changes: Bool { name == .commit || name == .delete }

  /// Whether it goes on with what was begun by another operation.
  package var isContinued: Bool {
    switch name {
    case .read, .move, .write, .copy: true
    default: false
    }
  }

  package var description: String { key.isEmpty ? name.rawValue : "\(name.rawValue) \(key)" }
}

/// A store in front of another, where something may happen before and after each operation.
package final class InterceptedStore: StoreInFront {
  /// Called when the operation took place, or failed with an error. What it throws is thrown instead.
  package typealias After = (StoreError?) throws(StoreError) -> Void
  /// Called before each operation, which does not take place if this throws. It may give what is to be called
  /// afterwards.
  package typealias Plan = @Sendable (StoreOperation) throws(StoreError) -> After?

  /// What the message of every error begins with that is made up.
  package static let mark = "simulated fault"

  /// The store behind.
  package let base: any ObjectStore
  private let plan: Plan

  /// Puts a plan in front of a store.
  package init(_ base: any ObjectStore, _ plan: @escaping Plan) {
    self.base = base
    self.plan = plan
  }

  package func info(_ key: ObjectKey) throws(StoreError) -> ObjectInfo {
    try perform(.info, key.description) { () throws(StoreError) in try base.info(key) }
  }

  package func open(_ key: ObjectKey, range: Range<Int>?) throws(StoreError) -> any ObjectReader {
    try perform(.open, key.description) { () throws(StoreError) in
      InterceptedReader(try base.open(key, range: range), self, key)
    }
  }

  package func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    try perform(.create, key.description) { () throws(StoreError) in
      InterceptedWriter(try base.create(key, if: condition), self, key)
    }
  }

  package func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    try perform(.delete, key.description) { () throws(StoreError) in
      try base.delete(key, ifVersion: version)
    }
  }

  package func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    try perform(.list, prefix) { () throws(StoreError) in
      try base.list(prefix: prefix, after: after, limit: limit)
    }
  }

  package func now() throws(StoreError) -> Instant {
    try perform(.now, "") { () throws(StoreError) in try base.now() }
  }

  fileprivate func perform<Answer>(
    _ name: StoreOperation.Name, _ key: String, count: Int = 0, _ work: () throws(StoreError) -> Answer
  ) throws(StoreError) -> Answer {
    guard let after = try plan(StoreOperation(name: name, key: key, count: count)) else { return try work() }
    let answer: Answer
    do throws(StoreError) { answer = try work() } catch {
      try after(error)
      throw error
    }
    try after(nil)
    return answer
  }
}

private final class InterceptedReader: ObjectReader {
  private let reader: any ObjectReader
  private let store: InterceptedStore
  private let key: ObjectKey

  init(_ reader: any ObjectReader, _ store: InterceptedStore, _ key: ObjectKey) {
    self.reader = reader
    self.store = store
    self.key = key
  }

  var info: ObjectInfo { reader.info }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
    try store.perform(.read, key.description) { () throws(StoreError) in
      unsafe try reader.read(into: buffer)
    }
  }

  func move(to range: Range<Int>) throws(StoreError) {
    try store.perform(.move, key.description) { () throws(StoreError) in try reader.move(to: range) }
  }
}

private final class InterceptedWriter: ObjectWriter {
  private let writer: any ObjectWriter
  private let store: InterceptedStore
  private let key: ObjectKey

  init(_ writer: any ObjectWriter, _ store: InterceptedStore, _ key: ObjectKey) {
    self.writer = writer
    self.store = store
    self.key = key
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
    try store.perform(.write, key.description) { () throws(StoreError) in unsafe try writer.write(bytes) }
  }

  func copy(from source: ObjectKey, range: Range<Int>) throws(StoreError) {
    try store.perform(.copy, key.description, count: range.count) { () throws(StoreError) in
      try writer.copy(from: source, range: range)
    }
  }

  func commit() throws(StoreError) -> Written {
    try store.perform(.commit, key.description) { () throws(StoreError) in try writer.commit() }
  }
}
