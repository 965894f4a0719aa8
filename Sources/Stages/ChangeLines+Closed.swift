import Basics
import History
import Records

/// What a run closed, as it stands in its change set.
extension ChangeLines {
  /// A version that is over: where its parts stand in a line.
  struct Closed {
    /// The time since when it stood, without quotes.
    var validFrom: Range<Int>
    /// The time at which that was known, without quotes.
    var recordedAt: Range<Int>
    /// The record: a JSON object.
    var record: Range<Int>
  }

  /// Calls `body` with each line that has a version that is over, and where it is. Lines are cut and not parsed: that
  /// they are what was written is known at the end, by the digest of them all.
  func forEachClosed(_ body: (UnsafeRawBufferPointer, Closed) throws(Failure) -> Void) throws(Failure) {
    try unsafe forEachLine { (line) throws(Failure) in
      guard let found = unsafe closed(line) else { return }
      guard !found.validFrom.isEmpty, !found.recordedAt.isEmpty, !found.record.isEmpty else {
        throw Failure(
          .badData, "\(ref.object) is damaged: a line does not say since when its record stood")
      }
      try unsafe body(line, found)
    }
  }

  /// Goes through the members up to `before`, which comes after those that tell its times; nil if there is none.
  private func closed(_ line: UnsafeRawBufferPointer) -> Closed? {
    var found = Closed(validFrom: 0..<0, recordedAt: 0..<0, record: 0..<0)
    var start = 1
    while start < line.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: line[start...])
      if unsafe begins(rest, "\"after\":") { return nil }
      var splitter = BlockSplitter(format: .json(unwrap: []))
      // Without the comma, or the brace and the line feed, after it.
      let length = unsafe splitter.nextLength(rest)
      let end = start + length - (start + length < line.count ? 1 : 2)
      if unsafe begins(rest, "\"before\":") {
        found.record = start + 9..<max(start + 9, end)
        return found
      }
      if unsafe begins(rest, "\"valid_from\":\"") { found.validFrom = start + 14..<max(start + 14, end - 1) }
      if unsafe begins(rest, "\"recorded_at\":\"") {
        found.recordedAt = start + 15..<max(start + 15, end - 1)
      }
      start += length
    }
    return nil
  }

  private func begins(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
    unsafe bytes.starts(with: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
