package import Basics
import CloudStore
import Documents
import HTTP
import Hashing
package import ObjectStore

/// What the service tells of an object, as far as it is used.
package struct GCSObject: Decodable {
  /// The parameter that asks for no more than this.
  static let fields = "generation,size,timeCreated,crc32c"

  var generation: String
  var size: String
  var timeCreated: Instant
  var crc32c: String?

  /// Takes it out of an answer.
  init(_ response: HTTPResponse, _ subject: Subject) throws(ServiceError) {
    let bytes: [UInt8]
    do { bytes = try response.readAll(limit: 1 << 20) } catch {
      throw ServiceError(.unreachable, error.message)
    }
    do { try self.init(decoding: bytes) } catch {
      throw ServiceError(.failed, "\(response.maskedURL): \(oneLine(error.message))")
    }
  }

  /// Reads the document of an answer.
  package init(decoding bytes: [UInt8]) throws(Failure) {
    self = try Documents.decode(GCSObject.self, from: bytes, name: "the answer")
  }

  private var length: Int { Int(size) ?? 0 }

  /// To whole seconds, as the service's clock is told: an object must not seem to come from the future.
  package func info(at time: Instant) -> ObjectInfo {
    let second = Instant(seconds: timeCreated.microseconds / 1_000_000)
    return ObjectInfo(size: length, version: generation, lastModified: second, storeTime: time)
  }

  /// - Throws: ``ServiceError/Kind/failed`` if what the service has is not what was sent.
  func written(at time: Instant, sent checksum: UInt32?, name: String) throws(ServiceError) -> Written {
    if let checksum, let crc32c, crc32c != checksum.checksumText {
      throw ServiceError(
        .failed, "\(name): what was stored has the CRC32C \(crc32c), what was sent \(checksum.checksumText)")
    }
    return Written(size: length, version: generation, storeTime: time)
  }
}

extension UInt32 {
  /// As the service writes a CRC32C: its bytes, the most significant first, in Base64.
  var checksumText: String { base64((0..<4).map { UInt8(truncatingIfNeeded: self >> (24 - 8 * $0)) }) }
}
