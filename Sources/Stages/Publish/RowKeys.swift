import Basics
import Blocks
import Dedupe
import Hashing

/// By which the published rows of a span are known again: equal keys mean the same bytes in a part.
struct RowKey: Hashable, BitwiseCopyable {
  var high: UInt64
  var low: UInt64

  /// Of a span without rows.
  static let none = RowKey(high: 0, low: 0)
}

/// Makes the keys of spans: from what they say, how that is read and named, and since when each record stands.
///
/// Keys stand beside what is published, for others to read than those who may read the store. So they are mixed with
/// the feed's secret, so that they do not show fingerprints.
struct RowKeys {
  private let seeds: (UInt64, UInt64, UInt64, UInt64)
  private let borderSeed: UInt64

  /// - Parameter naming: how columns are called. Of JSON it need not be known: a column keeps its name for ever, and
  ///   records name theirs themselves.
  init(_ side: Side, naming: [String: String]) {
    let fingerprinter = side.manifest.fingerprinter
    let secret = fingerprinter.secret
    var text = "rows 1\n\(fingerprinter.algorithm)\n\(side.reading.format)\n"
    for name in side.reading.header {
      let published = naming[name] ?? name
      text += "\(name.utf8.count):\(name)=\(published.utf8.count):\(published)\n"
    }
    seeds = Self.words(SHA256.digest(secret + Array(text.utf8)))
    // Where parts end does not depend on how columns are called.
    borderSeed = Self.words(SHA256.digest(secret + Array("borders 1\n".utf8))).0
  }

  private static func words(_ digest: [UInt8]) -> (UInt64, UInt64, UInt64, UInt64) {
    func word(_ place: Int) -> UInt64 { digest[place * 8..<place * 8 + 8].reduce(0) { $0 << 8 | UInt64($1) } }
    return (word(0), word(1), word(2), word(3))
  }

  /// By what a span decides whether a part ends with it.
  func border(_ span: Span) -> UInt64 { mix64(span.fingerprint.low ^ borderSeed) }

  /// The keys of all spans.
  /// - Throws: ``Failure/Kind/badData`` if the patch does not say since when a record stands.
  func keys(of side: Side, patch: Patch) throws(Failure) -> [RowKey] {
    var cursor = PatchCursor(patch)
    var keys: [RowKey] = []
    keys.reserveCapacity(side.manifest.spans.count)
    var (entry, stamp) = (-1, UInt64(0))
    for (index, span) in side.manifest.spans.enumerated() {
      var ordinal = side.firstRecord[index]
      let end = side.firstRecord[index + 1]
      var state = RowKey(high: seeds.0, low: seeds.1)
      state.absorb(span.fingerprint.high)
      state.absorb(span.fingerprint.low)
      state.absorb(UInt64(span.kind.rawValue) << 32 | UInt64(span.records))
      var hasRows = false
      while ordinal < end {
        let (tag, count) = cursor.tag(at: ordinal)
        let stop = min(end, ordinal + count)
        var word = UInt64(stop - ordinal) &* 0x9E37_79B9_7F4A_7C15
        if let since = tag.entry {
          hasRows = true
          if since != entry { (entry, stamp) = (since, try self.stamp(since, patch)) }
          word = stamp &+ word
        }
        state.absorb(word)
        ordinal = stop
      }
      keys.append(hasRows ? RowKey(high: state.high ^ seeds.2, low: state.low ^ seeds.3) : .none)
    }
    return keys
  }

  /// The times that rows of an entry have, in one word. They count, not the entry's number: rows have no number.
  private func stamp(_ entry: Int, _ patch: Patch) throws(Failure) -> UInt64 {
    let birth = try patch.times(of: entry)
    let word = mix64(UInt64(bitPattern: birth.validFrom.microseconds) ^ seeds.2)
    return mix64(word &+ UInt64(bitPattern: birth.recordedAt.microseconds) ^ seeds.3)
  }
}

extension RowKey {
  /// Takes a word in. Without loss: two states are the same afterwards only if state and word were.
  @inline(__always) fileprivate mutating func absorb(_ word: UInt64) {
    high = mix64(high ^ word)
    low = mix64(low &+ high)
  }
}

extension Patch {
  /// The times that a row of an entry has.
  /// - Throws: ``Failure/Kind/badData`` if the patch does not know the entry.
  func times(of entry: Int) throws(Failure) -> (validFrom: Instant, recordedAt: Instant) {
    guard let birth = birth(entry), let recordedAt = birth.recordedAt else {
      throw Failure(.badData, "the patch does not say when entry \(entry) began")
    }
    return (birth.validFrom, recordedAt)
  }
}

/// Spreads every bit over all others, without loss: the last step of SplitMix64
/// (<https://prng.di.unimi.it/splitmix64.c>).
@inline(__always) private func mix64(_ value: UInt64) -> UInt64 {
  var z = value
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}
