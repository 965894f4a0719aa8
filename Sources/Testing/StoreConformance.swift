import Basics
public import ObjectStore

/// What every object store must do: the protocol's documentation, sentence by sentence.
///
/// Each check needs an empty store. A test runs them one by one (`@Test(arguments: StoreConformance.checks)`), or
/// all at once with ``failures(makeStore:)``.
public enum StoreConformance {
  /// One thing that a store must do.
  public struct Check: Sendable, CustomStringConvertible {
    /// What it must do.
    public let description: String
    /// Tries it on an empty store.
    /// - Throws: ``Violation``, or what the store threw out of turn.
    public let run: @Sendable (any ObjectStore) throws -> Void

    init(_ description: String, _ run: @escaping @Sendable (any ObjectStore) throws -> Void) {
      self.description = description
      self.run = run
    }
  }

  /// What a store did wrong.
  public struct Violation: Error, CustomStringConvertible {
    public let description: String
  }

  /// All of them.
  public static let checks = reading + writing + copying + deleting + listing + racing

  /// Runs all of them, each on a store of its own, and says what was wrong: one line each.
  public static func failures(makeStore: () throws -> any ObjectStore) -> [String] {
    checks.compactMap { check in
      do {
        try check.run(makeStore())
        return nil
      } catch {
        return "\(check): \(error)"
      }
    }
  }
}

/// Throws a violation unless the condition holds.
func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(StoreConformance.Violation) {
  if !condition { throw StoreConformance.Violation(description: message()) }
}

/// Demands that the store throws an error of a kind, with a message.
func require(
  _ kind: StoreError.Kind, _ what: String, _ work: () throws(StoreError) -> Void
) throws(StoreConformance.Violation) {
  do {
    try work()
  } catch {
    try require(error.kind == kind, "\(what) throws \(error.kind), not \(kind): \(error)")
    return try require(!error.message.isEmpty, "\(what) throws an error without a message")
  }
  throw StoreConformance.Violation(description: "\(what) throws nothing, not \(kind)")
}

extension ObjectStore {
  /// What is under a key, read with a buffer of so many bytes.
  func text(_ key: ObjectKey, range: Range<Int>? = nil, chunk: Int = 1000) throws -> String {
    let reader = try open(key, range: range)
    var all: [UInt8] = []
    var room = [UInt8](repeating: 0, count: chunk)
    while true {
      let count = unsafe try room.withUnsafeMutableBufferPointer { (room) throws(StoreError) in
        unsafe try reader.read(into: UnsafeMutableRawBufferPointer(room))
      }
      if count == 0 { return String(decoding: all, as: UTF8.self) }
      all += room[..<count]
    }
  }

  @discardableResult
  func put(_ key: ObjectKey, _ text: String, if condition: WriteCondition = .none) throws(StoreError)
    -> Written
  {
    try put(key, Array(text.utf8), if: condition)
  }

  /// The keys of a whole listing, fetched in pages.
  func keys(prefix: String = "", after: String? = nil, limit: Int = 1000) throws -> [String] {
    var keys: [String] = []
    var after = after
    while true {
      let page = try list(prefix: prefix, after: after, limit: limit)
      try require(page.entries.count <= limit, "a page of \(limit) has \(page.entries.count) entries")
      keys += page.entries.map(\.key.description)
      guard page.more else { return keys }
      try require(!page.entries.isEmpty, "an empty page says that there is more")
      after = keys.last
    }
  }
}
