import Basics
import Converting
import FeedFile

/// Looks at the ends and the length of a dump while it is read.
final class ExpectedBody: BodyAround {
  private static let lineEnds: Set<UInt8> = [10, 13]

  let inner: any SourceBody
  private let expect: Source.Expect
  private let first: [UInt8]
  private let last: [UInt8]
  private var begin: [UInt8] = []
  private var end: [UInt8] = []
  private var length = 0
  private var failure: Failure?

  init(_ inner: any SourceBody, _ expect: Source.Expect) {
    self.inner = inner
    self.expect = expect
    first = Array((expect.beginsWith ?? "").utf8)
    var last = Array((expect.endsWith ?? "").utf8)
    while let byte = last.last, Self.lineEnds.contains(byte) { last.removeLast() }
    self.last = last
  }

  var expectedBytes: Int? { inner.expectedBytes }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    if let failure { throw failure }
    let count = try unsafe inner.read(into: destination)
    length += count
    guard length <= expect.maxBytes else {
      let failure = Failure(
        .badData,
        "\(name): the dump goes on after \(expect.maxBytes) bytes and was given up; if it may be that long, set "
          + "source.expect.max_bytes")
      self.failure = failure
      throw failure
    }
    unsafe look(at: UnsafeRawBufferPointer(rebasing: destination[..<count]))
    return count
  }

  private func look(at bytes: UnsafeRawBufferPointer) {
    // A byte-order mark may stand before what is expected.
    if begin.count < first.count + 3 { unsafe begin += bytes.prefix(first.count + 3 - begin.count) }
    guard !last.isEmpty else { return }
    // Line ends at the very end, be they many, are none of the last bytes.
    let kept = last.count + 4096
    unsafe end += bytes.suffix(kept)
    if end.count > 2 * kept { end.removeFirst(end.count - kept) }
  }

  var complaint: String? {
    if let complaint = inner.complaint { return complaint }
    if length < expect.minBytes {
      return "it has \(length) bytes, and source.expect.min_bytes is \(expect.minBytes)"
    }
    if !first.isEmpty {
      let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
      let text = begin.starts(with: mark) && !first.starts(with: mark) ? begin[3...] : begin[...]
      if !text.starts(with: first) {
        return "it does not begin with \(quoted(first)), as source.expect.begins_with has it, but with "
          + quoted(Array(text.prefix(max(40, first.count))))
      }
    }
    if !last.isEmpty {
      var text = end[...]
      while let byte = text.last, Self.lineEnds.contains(byte) { text.removeLast() }
      if !text.suffix(last.count).elementsEqual(last) {
        return "it does not end with \(quoted(last)), as source.expect.ends_with has it, but with "
          + quoted(Array(text.suffix(max(40, last.count))))
      }
    }
    return nil
  }
}
