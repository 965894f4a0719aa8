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
  /// Ends the block that is being gathered at the front of `window`; returns its length.
  mutating func flushBlock(_ window: UnsafeRawBufferPointer) -> Int {
    let length = blockLength
    guard length > 0 else { return 0 }
    unsafe emit(.block, UnsafeRawBufferPointer(rebasing: window[..<length]), records: blockRecords)
    blockLength = 0
    blockRecords = 0
    return length
  }

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
    unsafe held.withUnsafeBytes { unsafe emit(pendingKind, $0, records: pendingRecords) }
    pendingRecords = 0
  }

  /// Adds a span, and its bytes to the pack unless the store has them.
  private mutating func emit(_ kind: Span.Kind, _ bytes: UnsafeRawBufferPointer, records: UInt32) {
    let fingerprint = unsafe fingerprinter.fingerprint(bytes)
    if var span = lookUp(fingerprint) {
      span.kind = kind
      span.records = records
      append(span)
      return
    }
    let place = isInPlace ? (frame: 0, offset: UInt32(0)) : unsafe pack.add(bytes)
    newBytes += bytes.count
    fresh[fingerprint] = spans.count
    append(
      Span(
        kind: kind, fingerprint: fingerprint, length: UInt32(bytes.count), records: records,
        lines: unsafe countLines(bytes), object: packObject,
        frameOffset: isInPlace ? position : UInt64(place.frame), frameLength: 0, offset: place.offset))
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
    if places == nil {
      var made = [Fingerprint: Int](minimumCapacity: known.count + others.count)
      for (index, span) in others.enumerated() { made[span.fingerprint] = known.count + index }
      for (index, span) in known.enumerated() { made[span.fingerprint] = index }
      places = made
    }
    if let place = places?[fingerprint] {
      if place >= known.count { return others[place - known.count] }
      expected = place + 1
      return known[place]
    }
    if let place = fresh[fingerprint] { return spans[place] }
    // The block was replaced rather than inserted, more often than not: expect the one after it.
    expected = min(expected + 1, known.count)
    return nil
  }

  func rest(_ window: UnsafeRawBufferPointer, from start: Int) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: window[start...])
  }

  private func countLines(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
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
