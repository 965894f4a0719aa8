import Basics
import Hashing

/// The records at the front of the window that are in no span yet: those with which a known block begins, then new
/// ones, then those with which a known block may end. Where there are some of the first kind, there are no others.
struct Gathered {
  struct Stretch {
    var length = 0
    var records = 0

    mutating func add(_ other: Stretch) {
      length += other.length
      records += other.records
    }

    mutating func remove(_ other: Stretch) {
      length -= other.length
      records -= other.records
    }
  }

  /// They are the first of the expected block.
  var beginning = Stretch()
  /// Nothing is known of them.
  var new = Stretch()
  /// They follow each other in the expected block as they do here.
  var ending = Stretch()
  /// The hashes of all of them.
  var hashes: [UInt64] = []
  /// Their lengths.
  var lengths: [Int] = []

  var length: Int { beginning.length + new.length + ending.length }
  var isEmpty: Bool { hashes.isEmpty }

  /// Notes one more record, whichever stretch it is to be in.
  mutating func note(_ hash: UInt64, length: Int) {
    hashes.append(hash)
    lengths.append(length)
  }

  /// Forgets the new records, which come first now.
  mutating func forgetNew() {
    hashes.removeFirst(new.records)
    lengths.removeFirst(new.records)
    new = Stretch()
  }

  mutating func clear() {
    (beginning, new, ending) = (Stretch(), Stretch(), Stretch())
    hashes.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
  }
}

/// Records that are known again in a block that changed.
extension DumpRecorder {
  /// Takes the next record, which follows what was gathered at the front of `window`; returns how many bytes at the
  /// front are settled.
  mutating func gather(_ window: UnsafeRawBufferPointer, next length: Int) throws(Failure) -> Int {
    let offset = gathered.length
    let hash = unsafe fingerprinter.fingerprint(
      UnsafeRawBufferPointer(rebasing: window[offset..<offset + length])
    ).low
    if gathered.isEmpty, upcoming.span != expected { try upcoming.stand(before: expected) }
    let record = Gathered.Stretch(length: length, records: 1)
    if keepsWhole { return try unsafe gatherWhole(window, record, hash) }
    var settled = 0
    let next = upcoming.next
    guard upcoming.find(hash) else {
      if gathered.beginning.records > 0 { settled = unsafe flushGathered(window, isCut: false) }
      settled += unsafe giveUpEnding(rest(window, from: settled))
      gathered.new.add(record)
      gathered.note(hash, length: length)
      if BlockCutter.cuts(afterRecord: hash, length: length, blockLength: gathered.new.length) {
        settled += unsafe flushGathered(rest(window, from: settled), isCut: true)
      }
      return settled
    }
    let goesOn = upcoming.next == next
    if goesOn, gathered.ending.records > 0 {
      gathered.ending.add(record)
    } else if goesOn, gathered.new.records == 0, upcoming.numberInSpan == gathered.beginning.records {
      expected = upcoming.span
      gathered.beginning.add(record)
    } else {
      if gathered.beginning.records > 0 { settled = unsafe flushGathered(window, isCut: false) }
      settled += unsafe giveUpEnding(rest(window, from: settled))
      if upcoming.isAtSpan {
        settled += unsafe flushGathered(rest(window, from: settled), isCut: false)
        gathered.beginning.add(record)
      } else {
        gathered.ending.add(record)
      }
      expected = upcoming.span
    }
    gathered.note(hash, length: length)
    if try upcoming.advance() {
      let span = upcoming.span
      settled += unsafe flushBlock(rest(window, from: settled), span)
      expected = span + 1
      try upcoming.stand(before: expected)
    }
    return settled
  }

  /// The same where blocks are no longer taken apart: one that changed is stored as a whole, up to where the content
  /// cuts it, so the pieces of earlier runs grow together again.
  private mutating func gatherWhole(
    _ window: UnsafeRawBufferPointer, _ record: Gathered.Stretch, _ hash: UInt64
  ) throws(Failure) -> Int {
    let next = upcoming.next
    gathered.note(hash, length: record.length)
    if gathered.new.records == 0, upcoming.find(hash),
      gathered.beginning.records == 0
        ? upcoming.isAtSpan : upcoming.next == next && upcoming.numberInSpan == gathered.beginning.records
    {
      expected = upcoming.span
      gathered.beginning.add(record)
      guard try upcoming.advance() else { return 0 }
      let block = known[expected]
      if unsafe isWhole(block, window) {
        append(block)
        expected += 1
        try upcoming.stand(before: expected)
        defer { gathered.clear() }
        return gathered.length
      }
    } else {
      gathered.new.add(gathered.beginning)
      gathered.beginning = .init()
      gathered.new.add(record)
    }
    guard
      BlockCutter.cuts(afterRecord: hash, length: record.length, blockLength: gathered.new.length)
    else { return 0 }
    return unsafe flushGathered(window, isCut: true)
  }

  /// The last record of a known block came: what was gathered ends as the block did.
  private mutating func flushBlock(_ window: UnsafeRawBufferPointer, _ number: Int) -> Int {
    let block = known[number]
    if gathered.beginning.records == Int(block.records) {
      if unsafe isWhole(block, window) {
        append(block)
        defer { gathered.clear() }
        return gathered.length
      }
      // Its records have these hashes, and yet it is another.
      gathered.new = gathered.beginning
      gathered.beginning = .init()
      return unsafe flushGathered(window, isCut: false)
    }
    let ending = gathered.ending
    if ending.length >= Int(block.length) || ending.records >= Int(block.records) {
      return unsafe flushGathered(window, isCut: false)
    }
    let length = gathered.new.length
    unsafe flushNew(UnsafeRawBufferPointer(rebasing: window[..<length]), isCut: false)
    unsafe appendSlice(
      of: block, at: Int(block.length) - ending.length, record: Int(block.records) - ending.records,
      UnsafeRawBufferPointer(rebasing: window[length..<length + ending.length]), records: ending.records)
    gathered.clear()
    return length + ending.length
  }

  /// What might have ended a known block did not: its records are new ones, and cut where the content says so, as if they
  /// had never been known. Returns how many bytes at the front of the window are settled.
  private mutating func giveUpEnding(_ window: UnsafeRawBufferPointer) -> Int {
    var settled = 0
    while gathered.ending.records > 0 {
      let number = gathered.new.records
      let record = Gathered.Stretch(length: gathered.lengths[number], records: 1)
      gathered.ending.remove(record)
      gathered.new.add(record)
      if BlockCutter.cuts(
        afterRecord: gathered.hashes[number], length: record.length, blockLength: gathered.new.length)
      {
        let length = gathered.new.length
        unsafe flushNew(
          UnsafeRawBufferPointer(rebasing: window[settled..<settled + length]), isCut: true)
        gathered.forgetNew()
        settled += length
      }
    }
    return settled
  }

  /// Whether what was gathered is a known block, byte for byte.
  private func isWhole(_ block: Span, _ window: UnsafeRawBufferPointer) -> Bool {
    let length = gathered.beginning.length
    guard length == Int(block.length) else { return false }
    let fingerprint = unsafe fingerprinter.fingerprint(UnsafeRawBufferPointer(rebasing: window[..<length]))
    return fingerprint == block.fingerprint
  }

  /// Makes spans of all that was gathered; returns its length. `isCut`: it ends where the content cuts it, so it may
  /// be a block that is known.
  mutating func flushGathered(_ window: UnsafeRawBufferPointer, isCut: Bool) -> Int {
    let beginning = gathered.beginning
    defer { gathered.clear() }
    if beginning.records > 0 {
      let bytes = unsafe UnsafeRawBufferPointer(rebasing: window[..<beginning.length])
      let block = known[expected]
      if beginning.length < Int(block.length), beginning.records < Int(block.records) {
        unsafe appendSlice(of: block, at: 0, record: 0, bytes, records: beginning.records)
      } else {
        gathered.new = beginning
        unsafe flushNew(bytes, isCut: isCut)
      }
      return beginning.length
    }
    let settled = unsafe giveUpEnding(window)
    let length = gathered.new.length
    unsafe flushNew(UnsafeRawBufferPointer(rebasing: window[settled..<settled + length]), isCut: isCut)
    return settled + length
  }

  private mutating func flushNew(_ bytes: UnsafeRawBufferPointer, isCut: Bool) {
    guard gathered.new.records > 0 else { return }
    unsafe emit(.block, bytes, records: UInt32(gathered.new.records), mayBeKnown: isCut)
  }

  /// Adds a part of a known block: it stays where it is.
  private mutating func appendSlice(
    of block: Span, at offset: Int, record: Int, _ bytes: UnsafeRawBufferPointer, records: Int
  ) {
    var slice = block
    slice.fingerprint = unsafe fingerprinter.fingerprint(bytes)
    slice.length = UInt32(bytes.count)
    slice.records = UInt32(records)
    slice.lines = unsafe countLines(bytes)
    slice.firstRecord = block.firstRecord + UInt32(record)
    if block.frameLength == 0 {
      slice.frameOffset += UInt64(offset)
    } else {
      slice.offset += UInt32(offset)
    }
    append(slice)
  }
}
