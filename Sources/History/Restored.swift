public import Basics
public import Blocks

/// In an entry that was not found by a run but restored by a person: whose state it is.
public struct Restored: Codable, Hashable, Sendable {
  /// The number of the entry that a run found, or the one whose state was true before the first that is taken back.
  public var seq: Int
  /// When that was recorded: what its youngest records say.
  public var recordedAt: Instant
  /// Whether the entry takes back all that was true from its `valid_from` on; else it puts an entry back that had been
  /// taken back, with its change set.
  public var takesBack: Bool

  enum CodingKeys: String, CodingKey {
    case seq
    case recordedAt = "recorded_at"
    case takesBack = "takes_back"
  }

  /// Puts them together.
  public init(seq: Int, recordedAt: Instant, takesBack: Bool) {
    self.seq = seq
    self.recordedAt = recordedAt
    self.takesBack = takesBack
  }
}

/// A dump whose run was taken back: while the source still gives it, it is not taken again.
public struct Undone: Codable, Hashable, Sendable {
  /// How many of them an entry remembers.
  public static let most = 4

  /// The run that took it.
  public var run: String
  /// The run that took it back.
  public var by: String
  /// What the dump consists of.
  public var manifest: StateRef
  /// SHA-256 of the dump, in hexadecimal: manifests of one dump may differ.
  public var sha256: String
  /// The settings by which it was read: by others it may be right.
  public var settings: String

  /// Puts them together.
  public init(run: String, by: String, manifest: StateRef, sha256: String, settings: String) {
    self.run = run
    self.by = by
    self.manifest = manifest
    self.sha256 = sha256
    self.settings = settings
  }
}

extension Head {
  /// Whether this entry takes back what was true from its `valid_from` on.
  public var takesBack: Bool { restored?.takesBack ?? false }
  /// The number of the entry that a run added with this state.
  public var origin: Int { restored?.seq ?? seq }
  /// When the youngest records of the state came to be known.
  public var bornAt: Instant { restored?.recordedAt ?? recordedAt }
}
