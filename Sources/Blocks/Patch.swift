public import Basics
public import Hashing

/// What policy decided of each record of a dump: left out and why, or since which run it stands as it does.
///
/// Kept as run lengths over the records in dump order, so its size follows how often neighbours differ.
public struct Patch: Sendable {
  /// What was decided of a record.
  public struct Tag: Hashable, Sendable {
    /// As stored: below 16 a reason to leave the record out, else 16 + the entry's number.
    public var rawValue: UInt32

    /// A decision as stored.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// It was cut but says nothing: a blank line.
    public static let blank = Tag(rawValue: 0)
    /// It is in quarantine: it could not be read.
    public static let bad = Tag(rawValue: 1)
    /// Another record has the same key and the same content.
    public static let duplicate = Tag(rawValue: 2)
    /// It is in quarantine: another record has the same key and another content, and was taken.
    public static let conflict = Tag(rawValue: 3)

    /// The record stands since the timeline's entry of this number.
    public static func since(_ entry: Int) -> Tag { Tag(rawValue: UInt32(entry) + 16) }

    /// Since which entry of the timeline the record stands as it does; nil if it was left out.
    public var entry: Int? { rawValue < 16 ? nil : Int(rawValue) - 16 }

    /// Whether the record belongs to the set.
    public var isTaken: Bool { rawValue >= 16 }
  }

  /// So many records, one after the other, of which the same was decided.
  public struct Run: Hashable, Sendable {
    /// How many records.
    public var count: Int
    /// What was decided.
    public var tag: Tag
  }

  /// When a run's records began to stand.
  public struct Birth: Hashable, Sendable {
    /// The number of the timeline's entry that the run added.
    public var entry: Int
    /// Since when its records were true at the source.
    public var validFrom: Instant
    /// When we came to know; nil for the newest entry, whose head says it.
    public var recordedAt: Instant?

    /// Puts the three together.
    public init(entry: Int, validFrom: Instant, recordedAt: Instant?) {
      self.entry = entry
      self.validFrom = validFrom
      self.recordedAt = recordedAt
    }
  }

  /// The decisions in dump order.
  public private(set) var runs: [Run] = []
  /// The fingerprints of keys that more than one record has, in ascending order.
  public var contested: [Fingerprint] = []
  /// The entries since which records stand, in ascending order.
  public var births: [Birth] = []

  /// No records at all.
  public init() {}

  /// Appends a decision on the next `count` records.
  public mutating func append(_ tag: Tag, count: Int = 1) {
    guard count > 0 else { return }
    if let last = runs.indices.last, runs[last].tag == tag {
      runs[last].count += count
    } else {
      runs.append(Run(count: count, tag: tag))
    }
  }

  /// How many records were decided on.
  public var recordCount: Int { runs.reduce(0) { $0 + $1.count } }

  /// How many records belong to the set.
  public var takenCount: Int { runs.reduce(0) { $0 + ($1.tag.isTaken ? $1.count : 0) } }

  /// When the records of an entry began to stand.
  public func birth(_ entry: Int) -> Birth? {
    var (low, high) = (0, births.count)
    while low < high {
      let middle = (low + high) / 2
      if births[middle].entry < entry { low = middle + 1 } else { high = middle }
    }
    return low < births.count && births[low].entry == entry ? births[low] : nil
  }

  /// Forgets the entries since which no record stands any more.
  public mutating func pruneBirths() {
    let used = Set(runs.lazy.compactMap(\.tag.entry))
    births.removeAll { !used.contains($0.entry) }
  }

  private static let version: UInt64 = 1

  /// The patch as it is stored, before compression: version, the runs, the births, the contested keys.
  public func encoded() -> [UInt8] {
    var out = ByteBuffer(capacity: 16 + runs.count * 4 + contested.count * 16)
    out.appendVarint(Self.version)
    out.appendVarint(UInt64(runs.count))
    for run in runs {
      out.appendVarint(UInt64(run.tag.rawValue))
      out.appendVarint(UInt64(run.count))
    }
    out.appendVarint(UInt64(births.count))
    for birth in births {
      out.appendVarint(UInt64(birth.entry))
      out.appendFixed(UInt64(bitPattern: birth.validFrom.microseconds))
      out.appendFixed(UInt64(bitPattern: birth.recordedAt?.microseconds ?? Int64.min))
    }
    for key in contested {
      out.appendFixed(key.high)
      out.appendFixed(key.low)
    }
    return out.array()
  }

  /// Reads a stored patch.
  /// - Throws: ``Failure/Kind/badData`` if it is damaged or of a later version.
  public init(decoding bytes: [UInt8]) throws(Failure) {
    var reader = ByteReader(bytes)
    let version = try reader.varint()
    guard version == Self.version else {
      throw Failure(.badData, "the patch has format \(version); this program reads \(Self.version)")
    }
    var records = 0
    for _ in 0..<(try reader.number(Int.self)) {
      let tag = Tag(rawValue: try reader.number())
      let count = try reader.number(Int.self)
      // A dump has fewer records than 2^32: no sum of counts overflows.
      records += min(count, 1 << 32)
      guard records <= UInt32.max, tag.isTaken || tag.rawValue <= Tag.conflict.rawValue else {
        throw Failure(
          .badData, "the patch is damaged: a decision that does not exist, or on too many records")
      }
      runs.append(Run(count: count, tag: tag))
    }
    for _ in 0..<(try reader.number(Int.self)) {
      let entry = try reader.number(Int.self)
      let validFrom = Int64(bitPattern: try reader.fixed())
      let recordedAt = Int64(bitPattern: try reader.fixed())
      births.append(
        Birth(
          entry: entry, validFrom: Instant(microseconds: validFrom),
          recordedAt: recordedAt == Int64.min ? nil : Instant(microseconds: recordedAt)))
    }
    while !reader.isAtEnd {
      contested.append(Fingerprint(high: try reader.fixed(), low: try reader.fixed()))
    }
  }
}

/// Looks decisions up by record; neighbours are found at once, others by bisection.
public struct PatchCursor: Sendable {
  private let runs: [Patch.Run]
  private let starts: [Int]
  private var index = 0

  /// Stands at the first record.
  public init(_ patch: Patch) {
    runs = patch.runs
    var sums: [Int] = []
    sums.reserveCapacity(runs.count)
    var start = 0
    for run in runs {
      sums.append(start)
      start += run.count
    }
    starts = sums
  }

  /// What was decided of the record with this number, and of how many from it on the same.
  public mutating func tag(at ordinal: Int) -> (tag: Patch.Tag, count: Int) {
    while true {
      precondition(index < runs.count, "a patch has a decision on every record of its dump")
      let left = starts[index] + runs[index].count - ordinal
      if ordinal >= starts[index], left > 0 { return (runs[index].tag, left) }
      if left == 0 { index += 1 } else { seek(ordinal) }
    }
  }

  private mutating func seek(_ ordinal: Int) {
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= ordinal { low = middle + 1 } else { high = middle }
    }
    index = max(0, low - 1)
    precondition(
      index < runs.count && ordinal < starts[index] + runs[index].count,
      "a patch has a decision on every record of its dump")
  }
}
