public import Basics
public import CloudStore
public import ObjectStore
import Synchronization

/// A vendor's API in memory, with the habits of one vendor or another.
public final class MemoryService: CloudService {
  /// In what services differ.
  public struct Habits: Sendable, CustomStringConvertible {
    /// A name for messages.
    public var description: String
    /// How large objects come.
    public var uploads: UploadRules
    /// Whether a delete may depend on a version.
    public var deletesByVersion: Bool
    /// Whether a delete of nothing is told.
    public var tellsAbsence: Bool
    /// Whether a version is a hash of the content (an ETag), rather than a number that grows.
    public var hashesContent: Bool
    /// Whether conditions of writes are honoured.
    public var honoursConditions = true

    /// Small parts, so that tests need few bytes.
    public static let amazon = Habits(
      description: "like S3",
      uploads: UploadRules(
        leastPart: 5000, multiple: 1, mostParts: 10_000, copies: true, endsWithLastPart: false),
      deletesByVersion: false, tellsAbsence: false, hashesContent: true)
    /// As Google Cloud Storage's resumable uploads.
    public static let google = Habits(
      description: "like GCS",
      uploads: UploadRules(
        leastPart: 256, multiple: 256, mostParts: .max, copies: false, endsWithLastPart: true),
      deletesByVersion: true, tellsAbsence: true, hashesContent: false)
    /// Conditional deletes that do not tell absence, and no copies.
    public static let mixed = Habits(
      description: "mixed",
      uploads: UploadRules(
        leastPart: 3000, multiple: 1, mostParts: 1000, copies: false, endsWithLastPart: false),
      deletesByVersion: true, tellsAbsence: false, hashesContent: true)
    /// All of them.
    public static let all = [amazon, google, mixed]
  }

  struct Object {
    var bytes: [UInt8]
    var version: String
    var modified: Instant
  }

  struct Session {
    var key: ObjectKey
    var condition: WriteCondition
    var begun: Instant
    var parts: [Int: [UInt8]] = [:]
    var written: Written?
  }

  struct State {
    var objects: [ObjectKey: Object] = [:]
    var sessions: [String: Session] = [:]
    var changes = 0
  }

  public let location = "memory://bucket"
  /// In what it differs from others.
  public let habits: Habits
  let state = Mutex(State())
  private let clock: any Basics.Clock
  private let ahead: Double

  /// - Parameter ahead: by how many seconds its clock is ahead of the one that its users have.
  public init(_ habits: Habits, clock: any Basics.Clock, ahead: Double = 1234.5) {
    self.habits = habits
    self.clock = clock
    self.ahead = ahead
  }

  public var uploads: UploadRules { habits.uploads }
  public var deletesByVersion: Bool { habits.deletesByVersion }
  public var tellsAbsence: Bool { habits.tellsAbsence }
  public func uri(of key: ObjectKey) -> String { "\(location)/\(key)" }

  /// The uploads that came to no end.
  public var openUploads: Int { state.withLock { $0.sessions.count { $0.value.written == nil } } }
  /// What is under a key, past all faults.
  public func bytes(_ key: ObjectKey) -> [UInt8]? { state.withLock { $0.objects[key]?.bytes } }
  /// All keys, past all faults.
  public var keys: [String] { state.withLock { $0.objects.keys.sorted().map(\.description) } }

  /// In whole seconds, as HTTP has it.
  public func now() throws(ServiceError) -> Instant { date() }

  public func info(_ key: ObjectKey) throws(ServiceError) -> ObjectInfo {
    try found(key).info
  }

  public func open(_ key: ObjectKey, range: Range<Int>?, ifVersion version: String?) throws(ServiceError)
    -> any ServiceBody
  {
    let (object, info) = try found(key)
    if let version, version != info.version {
      throw ServiceError(.preconditionFailed, "PreconditionFailed: it is of version \(info.version)")
    }
    var wanted = range ?? 0..<info.size
    if range != nil, wanted.isEmpty || wanted.lowerBound < 0 || wanted.lowerBound >= info.size {
      throw ServiceError(.invalid, "InvalidRange: it has \(info.size) bytes")
    }
    // As servers do, it sends what there is.
    wanted = wanted.clamped(to: 0..<info.size)
    return MemoryBody(info, object.bytes[wanted])
  }

  public func put(
    _ key: ObjectKey, _ bytes: [UInt8], if condition: WriteCondition
  ) throws(ServiceError) -> Written {
    try state.withLock { (state) throws(ServiceError) in try replace(&state, key, bytes, condition) }
  }

  public func delete(_ key: ObjectKey, ifVersion version: String?) throws(ServiceError) {
    try state.withLock { (state) throws(ServiceError) in
      let found = state.objects[key]?.version
      if found == nil, tellsAbsence { throw ServiceError(.notFound, "NoSuchKey") }
      if let version {
        if !deletesByVersion { throw ServiceError(.invalid, "NotImplemented: a delete with a condition") }
        if version != found { throw ServiceError(.preconditionFailed, "PreconditionFailed") }
      }
      state.objects[key] = nil
    }
  }

  public func list(prefix: String, after: String?, limit: Int) throws(ServiceError) -> ListPage {
    state.withLock { state in
      let found = state.objects.filter { key, _ in
        key.description.utf8.starts(with: prefix.utf8)
          && (after.map { $0.utf8.lexicographicallyPrecedes(key.description.utf8) } ?? true)
      }
      let entries = found.sorted { $0.key < $1.key }.prefix(limit).map {
        (key: $0.key, size: $0.value.bytes.count)
      }
      return ListPage(entries: entries, more: found.count > limit)
    }
  }

  func replace(
    _ state: inout State, _ key: ObjectKey, _ bytes: [UInt8], _ condition: WriteCondition
  ) throws(ServiceError) -> Written {
    let found = state.objects[key]?.version
    let holds =
      switch condition {
      case .none: true
      case .absent: found == nil
      case .version(let version): found == version
      }
    if !holds, habits.honoursConditions {
      throw ServiceError(.preconditionFailed, "PreconditionFailed: it is of version \(found ?? "none")")
    }
    state.changes += 1
    let version = habits.hashesContent ? "\"\(Self.hash(bytes))\"" : "\(state.changes)"
    state.objects[key] = Object(bytes: bytes, version: version, modified: date())
    return Written(size: bytes.count, version: version, storeTime: date())
  }

  func found(_ key: ObjectKey) throws(ServiceError) -> (object: Object, info: ObjectInfo) {
    guard let object = state.withLock({ $0.objects[key] }) else { throw ServiceError(.notFound, "NoSuchKey") }
    let info = ObjectInfo(
      size: object.bytes.count, version: object.version, lastModified: object.modified, storeTime: date())
    return (object, info)
  }

  func date() -> Instant {
    Instant(seconds: clock.now().advanced(bySeconds: ahead).microseconds / 1_000_000)
  }

  /// FNV-1a: enough to tell a test's contents apart.
  static func hash(_ bytes: [UInt8]) -> String {
    let sum = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return String(sum, radix: 16)
  }
}

private final class MemoryBody: ServiceBody {
  let info: ObjectInfo
  private var rest: ArraySlice<UInt8>

  init(_ info: ObjectInfo, _ rest: ArraySlice<UInt8>) {
    self.info = info
    self.rest = rest
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ServiceError) -> Int {
    let piece = rest.prefix(buffer.count)
    unsafe buffer.copyBytes(from: piece)
    rest = rest.dropFirst(piece.count)
    return piece.count
  }
}
