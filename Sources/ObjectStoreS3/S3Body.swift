import CloudStore
import HTTP
import Hashing
import ObjectStore

/// An object, or a range of one, that is being received.
final class S3Body: ServiceBody {
  let info: ObjectInfo
  private let response: HTTPResponse
  private let name: String
  private var left: Int
  /// What the whole object's SHA-256 is to be, where the store keeps it.
  private let checksum: String?
  private var hash = SHA256()

  init(_ response: HTTPResponse, _ info: ObjectInfo, range: Range<Int>?, name: String) {
    self.response = response
    self.info = info
    self.name = name
    left = range?.count ?? info.size
    // Of an object that came in parts it is a hash of the parts' hashes, and says how many: "…-3".
    checksum =
      range == nil ? response.headers["x-amz-checksum-sha256"].flatMap { $0.contains("-") ? nil : $0 } : nil
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ServiceError) -> Int {
    if unsafe buffer.isEmpty { return 0 }
    let count: Int
    do { count = unsafe try response.read(into: buffer) } catch { throw ServiceError(error, name) }
    left -= count
    guard left >= 0, count > 0 || left == 0 else {
      throw ServiceError(
        .unreachable, "\(name): the service sent \(left > 0 ? "less" : "more") than it announced")
    }
    guard let checksum else { return count }
    if count > 0 {
      unsafe hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    } else if base64(hash.digest()) != checksum {
      throw ServiceError(
        .failed, "\(name): what came is damaged: its SHA-256 is not the one that the store keeps")
    }
    return count
  }
}
