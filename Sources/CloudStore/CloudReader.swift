import Basics
import ObjectStore

/// Reads one version of an object, over as many connections as it takes.
final class CloudReader: ObjectReader {
  /// Where bytes come from just now.
  enum Source {
    /// An empty range.
    case nothing(Range<Int>)
    /// These bytes, which are that range of the object.
    case held([UInt8], Range<Int>)
    /// A body that still has that range of the object to give.
    case body(any ServiceBody, Range<Int>)
  }

  let info: ObjectInfo
  /// Whether requests ask for all up to the object's end, because the ranges that are wanted follow each other.
  var runsOn = false
  /// The same of the range that is read now: it began soon after the end of the one before.
  private var follows = false
  private let store: CloudStore
  private let key: ObjectKey
  private var source: Source
  private var rest: Range<Int>
  private var trouble: Attempts?
  private var sinceTrouble = 0

  init(_ store: CloudStore, _ key: ObjectKey, _ info: ObjectInfo, _ source: Source) {
    self.store = store
    self.key = key
    self.info = info
    self.source = source
    switch source {
    case .nothing(let range), .held(_, let range), .body(_, let range): rest = range
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
    if unsafe rest.isEmpty || buffer.isEmpty { return 0 }
    while true {
      do throws(ServiceError) {
        let count = unsafe try readOnce(buffer)
        rest = rest.lowerBound + count..<rest.upperBound
        return count
      } catch {
        source = .nothing(rest)
        try recover(error)
      }
    }
  }

  func move(to range: Range<Int>) throws(StoreError) {
    guard range.lowerBound >= 0, range.upperBound <= info.size else {
      throw .outside(range, size: info.size, key: key)
    }
    let ahead = range.lowerBound - rest.upperBound
    follows = ahead >= 0 && ahead < store.sizes.skip
    rest = range
    // The connection is of use only if the range begins soon; the request waits until it is read.
    guard case .body(_, let left) = source, !range.isEmpty else { return }
    let gap = range.lowerBound - left.lowerBound
    if gap < 0 || gap >= store.sizes.skip || range.lowerBound >= left.upperBound { source = .nothing(range) }
  }

  private func readOnce(_ buffer: UnsafeMutableRawBufferPointer) throws(ServiceError) -> Int {
    switch source {
    case .held(let bytes, let range) where range.contains(rest.lowerBound):
      let from = rest.lowerBound - range.lowerBound
      let count = min(buffer.count, rest.count, bytes.count - from)
      unsafe buffer.copyBytes(from: bytes[from..<from + count])
      return count
    case .body(let body, var left) where left.contains(rest.lowerBound):
      if left.lowerBound < rest.lowerBound { try skip(body, &left) }
      let room = unsafe UnsafeMutableRawBufferPointer(
        rebasing: buffer[..<min(buffer.count, rest.count, left.count)])
      let count = unsafe try take(body, room, &left)
      return count
    default:
      let wanted = rest.lowerBound..<(runsOn || follows ? info.size : rest.upperBound)
      source = try store.source(key, wanted, ifVersion: info.version, atOnce: !runsOn).1
      return unsafe try readOnce(buffer)
    }
  }

  /// Reads over what is not wanted.
  private func skip(_ body: any ServiceBody, _ left: inout Range<Int>) throws(ServiceError) {
    var scratch = ByteBuffer(capacity: 64 << 10)
    while left.lowerBound < rest.lowerBound {
      scratch.truncate()
      let most = min(64 << 10, rest.lowerBound - left.lowerBound)
      _ = unsafe try scratch.append(atMost: most) { (room) throws(ServiceError) in
        unsafe try take(body, room, &left)
      }
    }
  }

  private func take(
    _ body: any ServiceBody, _ room: UnsafeMutableRawBufferPointer, _ left: inout Range<Int>
  ) throws(ServiceError) -> Int {
    let count = unsafe try body.read(into: room)
    if count == 0 {
      throw ServiceError(.unreachable, "the answer came short: it ends at byte \(left.lowerBound)")
    }
    left = left.lowerBound + count..<left.upperBound
    source = .body(body, left)
    if left.isEmpty { try end(body) }
    sinceTrouble += count
    if sinceTrouble >= store.sizes.atOnce { trouble = nil }
    return count
  }

  /// Reads the end of a body, where a service may find that what it sent was damaged on its way.
  private func end(_ body: any ServiceBody) throws(ServiceError) {
    var last = ByteBuffer(capacity: 16)
    do throws(ServiceError) {
      let more = unsafe try last.append(atMost: 1) { (room) throws(ServiceError) in
        unsafe try body.read(into: room)
      }
      if more > 0 { throw ServiceError(.failed, "the answer is longer than it said") }
    } catch {
      // All that was promised is here.
      if error.kind != .unreachable { throw error }
    }
  }

  /// Waits before the rest is asked for again.
  private func recover(_ error: ServiceError) throws(StoreError) {
    var attempts = trouble ?? Attempts("read", key.description, store.patience)
    guard attempts.again(after: error) else {
      if error.kind == .notFound || error.kind == .preconditionFailed {
        throw StoreError(
          .unavailable, key: key.description,
          "it was replaced or removed while it was being read (version \(info.version)): read it anew")
      }
      throw attempts.failure(error)
    }
    trouble = attempts
    sinceTrouble = 0
  }
}
