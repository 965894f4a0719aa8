import Basics
import Hashing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// From pieces to spans: what the store has is named, what it does not have goes to the pack.
extension DumpRecorder {
  /// Gathers literal bytes, so that where they are cut does not depend on how they came.
  mutating func hold(_ bytes: UnsafeRawBufferPointer, as kind: Span.Kind) {
    if pending.count > 0, pendingKind != kind { flushPending() }
    pendingKind = kind
    if kind == .oversized, !isInOversized { pendingRecords = 1 }
    var rest = unsafe bytes
    while rest.count > 0 {
      let part = min(rest.count, Self.stretch - pending.count)
      unsafe pending.append(UnsafeRawBufferPointer(rebasing: rest[..<part]))
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest[part...])
      if pending.count == Self.stretch { flushPending() }
    }
  }

  mutating func flushPending() {
    guard pending.count > 0 else { return }
    let held = pending.array()
    pending.truncate()
    unsafe held.withUnsafeBytes { unsafe emit(pendingKind, $0, records: pendingRecords, mayBeKnown: true) }
    pendingRecords = 0
  }

  /// Adds a span, and its bytes to the pack unless the store has them. A block consists of the new records that
  /// were gathered. `mayBeKnown`: whether they are worth looking for.
  mutating func emit(
    _ kind: Span.Kind, _ bytes: UnsafeRawBufferPointer, records: UInt32, mayBeKnown: Bool
  ) {
    let fingerprint = unsafe fingerprinter.fingerprint(bytes)
    // Only a block has hashes of its records, so only a block may stand for one.
    if mayBeKnown, var span = lookUp(fingerprint),
      kind != .block || (span.kind == .block && span.records == records)
    {
      span.kind = kind
      span.records = records
      if kind != .block { span.firstRecord = 0 }
      append(span)
      return
    }
    let place = isInPlace ? (frame: 0, offset: UInt32(0)) : unsafe pack.add(bytes)
    newBytes += bytes.count
    if mayBeKnown, fresh.count < Self.remembered { fresh[fingerprint] = spans.count }
    append(
      Span(
        kind: kind, fingerprint: fingerprint, length: UInt32(bytes.count), records: records,
        lines: unsafe countLines(bytes), object: packObject,
        frameOffset: isInPlace ? position : UInt64(place.frame), frameLength: 0, offset: place.offset,
        firstRecord: kind == .block ? noteHashes() : 0))
  }

  /// Keeps the hashes of the new records that were gathered; the number of the first.
  private mutating func noteHashes() -> UInt32 {
    if isInPlace {
      defer { ownHashes += gathered.hashes.prefix(gathered.new.records) }
      return UInt32(ownHashes.count)
    }
    return unsafe gathered.hashes.withUnsafeBufferPointer {
      unsafe pack.add(hashes: UnsafeBufferPointer(rebasing: $0.prefix(gathered.new.records)))
    }
  }

  mutating func append(_ span: Span) {
    spans.append(span)
    position += UInt64(span.length)
  }

  /// Where the store has these bytes, in whatever role they came before.
  private mutating func lookUp(_ fingerprint: Fingerprint) -> Span? {
    for candidate in expected..<max(expected, min(expected + 2, known.count))
    where known[candidate].fingerprint == fingerprint {
      expected = candidate + 1
      return known[candidate]
    }
    if knownTable == nil, !known.isEmpty { knownTable = SpanTable(known) }
    if let place = knownTable?.position(of: fingerprint, in: known) {
      expected = place + 1
      return known[place]
    }
    if othersTable == nil, !others.isEmpty { othersTable = SpanTable(others) }
    if let place = othersTable?.position(of: fingerprint, in: others) { return others[place] }
    if let place = fresh[fingerprint] { return spans[place] }
    return nil
  }

  func rest(_ window: UnsafeRawBufferPointer, from start: Int) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: window[start...])
  }

  func countLines(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var count: UInt32 = 0
    var position = 0
    while position < bytes.count,
      let hit = unsafe memchr(bytes.baseAddress! + position, 10, bytes.count - position)
    {
      count += 1
      unsafe position = UnsafeRawPointer(hit) - bytes.baseAddress! + 1
    }
    return count
  }
}
