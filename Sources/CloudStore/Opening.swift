import Basics
import ObjectStore

extension CloudStore {
  /// Opens an object by one request, be it whole, a range, or empty.
  func reader(_ key: ObjectKey, range: Range<Int>?) throws(StoreError) -> CloudReader {
    if let range, range.isEmpty || range.lowerBound < 0 {
      // There is no request for no bytes.
      let info = try info(key)
      guard range.lowerBound >= 0, range.upperBound <= info.size else {
        throw .outside(range, size: info.size, key: key)
      }
      return CloudReader(self, key, info, .nothing(range))
    }
    var attempts = Attempts("read", key.description, patience)
    while true {
      do throws(ServiceError) {
        let (info, source) = try source(key, range, ifVersion: nil, atOnce: true)
        return CloudReader(self, key, info, source)
      } catch {
        guard attempts.again(after: error) else { throw attempts.failure(error) }
      }
    }
  }

  /// One request for a range (nil: all), whose bytes are taken at once if they are few.
  func source(
    _ key: ObjectKey, _ range: Range<Int>?, ifVersion version: String?, atOnce: Bool
  ) throws(ServiceError) -> (ObjectInfo, CloudReader.Source) {
    let body = try service.open(key, range: range, ifVersion: version)
    let info = body.info
    time.note(info.storeTime)
    let wanted = range ?? 0..<info.size
    guard wanted.upperBound <= info.size else {
      throw ServiceError(
        .invalid, "bytes \(wanted.lowerBound)..<\(wanted.upperBound) were asked for, but it has \(info.size)")
    }
    guard atOnce, wanted.count <= sizes.atOnce else { return (info, .body(body, wanted)) }
    return (info, .held(try take(body, wanted.count), wanted))
  }

  /// Reads a body to its end. A connection that is read to its end can be used again.
  private func take(_ body: any ServiceBody, _ count: Int) throws(ServiceError) -> [UInt8] {
    var buffer = ByteBuffer(capacity: count + 1)
    while true {
      // Room for one more, so that the end is seen, and a body that is too long.
      let read = unsafe try buffer.append(atMost: count + 1 - buffer.count) { (room) throws(ServiceError) in
        unsafe try body.read(into: room)
      }
      if buffer.count > count { throw ServiceError(.failed, "the answer is longer than it said") }
      if read == 0 { break }
    }
    if buffer.count < count {
      throw ServiceError(.unreachable, "the answer came short: \(buffer.count) of \(count) bytes")
    }
    return buffer.array()
  }
}
