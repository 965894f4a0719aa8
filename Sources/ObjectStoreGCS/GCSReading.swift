import Basics
public import CloudStore
import HTTP
import Hashing
public import ObjectStore

extension GCSService {
  public func open(_ key: ObjectKey, range: Range<Int>?, ifVersion version: String?) throws(ServiceError)
    -> any ServiceBody
  {
    var generation: String?
    if let version { generation = try self.generation(version, .object(key)) }
    var request = GCSRequest("GET", objectURL(key, [("alt", "media"), ("ifGenerationMatch", generation)]))
    // Else an object that somebody stored compressed would be inflated on its way, with ranges and sums of no use.
    request.headers.append("Accept-Encoding", "gzip")
    if let range { request.headers.append("Range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)") }
    let response = try send(request, .object(key))
    let headers = response.headers
    guard let generation = headers["x-goog-generation"], let modified = headers["Last-Modified"],
      let lastModified = Instant(httpDate: modified), let length = response.expectedBytes
    else {
      throw ServiceError(
        .failed, "\(uri(of: key)): the answer does not say what it is of: is it \(base) that answers?")
    }
    var total = length
    if let range {
      guard response.status == 206, let content = headers["Content-Range"],
        let size = Self.total(content, from: range)
      else { throw ServiceError(.failed, "\(uri(of: key)): a range was asked for, and something else came") }
      total = size
      // Of a range that reaches beyond the end the service sends what there is.
      guard range.upperBound <= total else {
        throw ServiceError(
          .invalid,
          "\(uri(of: key)): bytes \(range.lowerBound)..<\(range.upperBound) were asked for, but it has \(total)"
        )
      }
    }
    let info = ObjectInfo(
      size: total, version: generation, lastModified: lastModified, storeTime: try time(of: response))
    let checksum = range == nil ? Self.checksum(headers.all("x-goog-hash")) : nil
    return GCSBody(response, info, name: uri(of: key), length: length, checksum: checksum)
  }

  /// The whole length in `bytes 2-5/10`, if it begins where it should.
  package static func total(_ text: String, from range: Range<Int>) -> Int? {
    let parts = text.split(separator: "/")
    guard parts.count == 2, parts[0].hasPrefix("bytes \(range.lowerBound)-") else { return nil }
    return Int(parts[1])
  }

  /// The sum in `crc32c=n03x6A==,md5=…`, also if each has a header of its own.
  package static func checksum(_ fields: [String]) -> String? {
    for part in fields.flatMap({ $0.split(separator: ",") }) {
      let part = part.drop { $0 == " " }
      if part.hasPrefix("crc32c=") { return String(part.dropFirst(7)) }
    }
    return nil
  }
}

/// A body that is being received; a whole one is checked against the sum that its headers tell.
final class GCSBody: ServiceBody {
  let info: ObjectInfo
  private let response: HTTPResponse
  private let name: String
  private let checksum: String?
  private var sum = CRC32C()
  private var left: Int

  init(_ response: HTTPResponse, _ info: ObjectInfo, name: String, length: Int, checksum: String?) {
    self.response = response
    self.info = info
    self.name = name
    self.checksum = checksum
    left = length
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ServiceError) -> Int {
    let count: Int
    do { count = unsafe try response.read(into: buffer) } catch {
      throw ServiceError(.unreachable, "\(name): \(error.message)")
    }
    left -= count
    if checksum != nil { unsafe sum.update(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
    guard count == 0 else { return count }
    guard left == 0 else { throw ServiceError(.unreachable, "\(name): \(left) bytes did not arrive") }
    if let checksum, checksum != sum.value.checksumText {
      throw ServiceError(
        .unreachable, "\(name): what arrived has the CRC32C \(sum.value.checksumText), not \(checksum)")
    }
    return 0
  }
}
