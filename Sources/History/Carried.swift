/// What a stage knows of the store and the next one would have to ask for. All of it may be missing, and none of it is
/// believed unless the lock is still as the stage before left it.
public struct Carried: Codable, Hashable, Sendable {
  /// Event buses take 64 KiB: what is longer than this is asked for again.
  private static let longest = 12 << 10

  /// By which the lock is taken: opaque.
  public var lock: String?
  /// The bytes of `head.json`.
  public private(set) var head: String?
  /// Their version; nil if there was no head yet, or none is carried.
  public private(set) var headVersion: String?
  /// The settings that the run names, as they are stored.
  public private(set) var settings: String?

  enum CodingKeys: String, CodingKey {
    case lock, head
    case headVersion = "head_version"
    case settings
  }

  /// What is known of a head, and settings as they are stored.
  public init(lock: String?, head: CommittedHead?, settings: [UInt8]?) {
    self.lock = lock
    self.settings = Self.text(settings)
    self.head = Self.text(head?.bytes)
    if self.head != nil { headVersion = head?.version }
  }

  private static func text(_ bytes: [UInt8]?) -> String? {
    guard let bytes, bytes.count <= longest else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }
}
