public import Basics
import Documents
import Hashing
public import ObjectStore

/// What the store holds of one feed: `<feed>/…`. Turns the store's errors into failures that name the object.
public struct FeedFolder: Sendable {
  /// The store.
  public let store: any ObjectStore
  /// The feed's name, which is the folder's.
  public let feed: String
  /// What was read whole already.
  let small = SmallObjects()

  /// The folder of a feed; nothing is read.
  public init(store: any ObjectStore, feed: String) {
    self.store = store
    self.feed = feed
  }

  /// The key of an object of this feed.
  public func key(_ path: String) throws(Failure) -> ObjectKey {
    do { return try ObjectKey("\(feed)/\(path)") } catch { throw failure(error) }
  }

  /// Reads a small object whole; nil if there is none.
  public func getIfPresent(_ path: String) throws(Failure) -> (bytes: [UInt8], info: ObjectInfo)? {
    let key = try key(path)
    do { return try store.getIfPresent(key) } catch { throw failure(error) }
  }

  /// Reads an object, or a range of it, that must be there.
  public func get(_ path: String, range: Range<Int>? = nil) throws(Failure) -> [UInt8] {
    let key = try key(path)
    do { return try store.get(key, range: range).bytes } catch {
      if error.kind == .invalid, range != nil { throw Self.shorter(path) }
      throw failure(error)
    }
  }

  /// The URI under which a query engine finds an object.
  public func uri(_ path: String) throws(Failure) -> String { store.uri(of: try key(path)) }

  /// How people name an object.
  public func location(of path: String) -> String { "\(store.location)/\(feed)/\(path)" }

  /// The version of an object; nil if there is none.
  public func versionIfPresent(_ path: String) throws(Failure) -> String? {
    let key = try key(path)
    do { return try store.info(key).version } catch {
      if error.kind == .notFound { return nil }
      throw failure(error)
    }
  }

  /// The first objects under a path, in order, after one.
  func names(under path: String, after: String?, limit: Int) throws(Failure) -> [String] {
    do {
      return try store.list(
        prefix: "\(feed)/\(path)", after: after.map { "\(feed)/\($0)" }, limit: limit
      ).entries.map(\.key.description)
    } catch {
      throw failure(error)
    }
  }

  /// The length of an object in bytes; nil if there is none.
  public func sizeIfPresent(_ path: String) throws(Failure) -> Int? {
    let key = try key(path)
    do { return try store.info(key).size } catch {
      if error.kind == .notFound { return nil }
      throw failure(error)
    }
  }

  /// Opens an object that must be there.
  public func open(_ path: String) throws(Failure) -> any ObjectReader {
    let key = try key(path)
    do { return try store.open(key, range: nil) } catch { throw failure(error) }
  }

  /// Opens an object of which a range is wanted first.
  func open(_ path: String, range: Range<Int>) throws(Failure) -> any ObjectReader {
    let key = try key(path)
    do { return try store.open(key, range: range) } catch {
      throw error.kind == .invalid ? Self.shorter(path) : failure(error)
    }
  }

  private static func shorter(_ path: String) -> Failure {
    Failure(.badData, "\(path) is damaged: it is shorter than recorded")
  }

  /// Opens an object; nil if there is none.
  public func openIfPresent(_ path: String) throws(Failure) -> (any ObjectReader)? {
    let key = try key(path)
    do { return try store.open(key, range: nil) } catch {
      if error.kind == .notFound { return nil }
      throw failure(error)
    }
  }

  /// Opens a range of an object; nil if there is none.
  public func openIfPresent(_ path: String, range: Range<Int>) throws(Failure) -> (any ObjectReader)? {
    let key = try key(path)
    do { return try store.open(key, range: range) } catch {
      if error.kind == .notFound || error.kind == .invalid { return nil }
      throw failure(error)
    }
  }

  /// Reads on; 0 at the end.
  public func read(
    _ reader: any ObjectReader, into room: UnsafeMutableRawBufferPointer
  ) throws(Failure) -> Int {
    do { return try unsafe reader.read(into: room) } catch { throw failure(error) }
  }

  /// Goes on reading another range.
  public func move(_ reader: any ObjectReader, to range: Range<Int>) throws(Failure) {
    do { try reader.move(to: range) } catch { throw failure(error) }
  }

  /// Removes an object if it is still of a version; if it is not, it is somebody else's by now and stays.
  /// - Returns: false if the store does not tell whether that took place.
  public func delete(_ path: String, ifVersion version: String) throws(Failure) -> Bool {
    let key = try key(path)
    do { try store.delete(key, ifVersion: version) } catch {
      if error.kind == .ambiguous { return false }
      if error.kind != .notFound, error.kind != .preconditionFailed { throw failure(error) }
    }
    return true
  }

  /// Removes an object that nobody names any more.
  /// - Returns: whether it is known to be gone.
  public func remove(_ path: String) throws(Failure) -> Bool {
    let key = try key(path)
    do { try store.delete(key, ifVersion: nil) } catch {
      if error.kind == .notFound { return true }
      if error.kind == .ambiguous { return false }
      throw failure(error)
    }
    return true
  }

  /// What the store tells of an object that must be there.
  public func info(_ path: String) throws(Failure) -> ObjectInfo {
    let key = try key(path)
    do { return try store.info(key) } catch { throw failure(error) }
  }

  /// What the store tells of an object; nil if there is none.
  func infoIfPresent(_ path: String) throws(Failure) -> ObjectInfo? {
    let key = try key(path)
    do { return try store.info(key) } catch {
      if error.kind == .notFound { return nil }
      throw failure(error)
    }
  }

  /// Writes an object that must not be there yet.
  /// - Returns: false if there is one already: it was written by another attempt.
  @discardableResult
  public func putNew(_ path: String, _ bytes: [UInt8]) throws(Failure) -> Bool {
    let key = try key(path)
    do {
      try store.put(key, bytes, if: .absent)
      return true
    } catch {
      if error.kind == .preconditionFailed { return false }
      if error.kind == .ambiguous, let there = try getIfPresent(path) { return there.bytes == bytes }
      throw failure(error)
    }
  }

  /// Replaces an object if it is still of the version that was read (nil: if there is none).
  /// - Returns: what is known of the new object; nil if the condition does not hold any more. After an answer that was
  ///   lost it may be that this took place and was replaced in turn.
  public func replace(_ path: String, _ bytes: [UInt8], ifVersion version: String?) throws(Failure)
    -> Written?
  {
    let key = try key(path)
    do {
      return try store.put(key, bytes, if: version.map { .version($0) } ?? .absent)
    } catch {
      if error.kind == .preconditionFailed || error.kind == .ambiguous {
        // The answer may be that of a second try whose first one took place: ask whether it did.
        let there = try getIfPresent(path)
        if let there, there.bytes == bytes { return Written(there.info) }
        // Whoever wrote since: the caller finds its own traces in what is there, or tries again.
        if error.kind == .preconditionFailed || there?.info.version != version { return nil }
      }
      throw failure(error)
    }
  }

  /// The store's clock.
  public func now() throws(Failure) -> Instant {
    do { return try store.now() } catch { throw failure(error) }
  }

  /// A store's error as a caller of a function should act on it.
  public func failure(_ error: StoreError) -> Failure {
    let text = "store \(store.location): \(error)"
    switch error.kind {
    case .denied: return Failure(.settings, text)
    case .notFound: return Failure(.badData, text + "; the store is incomplete")
    case .invalid: return Failure(.settings, text)
    case .preconditionFailed: return Failure(.tryAgain, text)
    case .unavailable, .ambiguous: return Failure(.unavailable, text)
    }
  }
}

extension FeedFolder {
  /// Begins an object under a name that only this attempt uses.
  /// - Parameter digested: whether its SHA-256 is wanted; what is copied from other objects has none.
  public func create(_ path: String, digested: Bool = true) throws(Failure) -> FeedObjectWriter {
    let key = try key(path)
    do {
      return FeedObjectWriter(
        folder: self, path: path, isDigested: digested, writer: try store.create(key, if: .absent))
    } catch {
      throw failure(error)
    }
  }

  /// Begins an object that replaces one of a version (nil: there is none yet), and that others may replace too: it ends
  /// with ``FeedObjectWriter/replace()``.
  public func create(_ path: String, replacing version: String?) throws(Failure) -> FeedObjectWriter {
    let key = try key(path)
    do {
      let condition = version.map { WriteCondition.version($0) } ?? .absent
      return FeedObjectWriter(
        folder: self, path: path, isDigested: false, writer: try store.create(key, if: condition))
    } catch {
      throw failure(error)
    }
  }
}
