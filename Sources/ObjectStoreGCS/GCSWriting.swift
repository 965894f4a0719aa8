import Basics
public import CloudStore
import Documents
import HTTP
import Hashing
public import ObjectStore

extension GCSService {
  public func put(_ key: ObjectKey, _ bytes: [UInt8], if condition: WriteCondition) throws(ServiceError)
    -> Written
  {
    let sum = CRC32C.of(bytes)
    let url = try uploadURL(key, "media", condition)
    let headers: HTTPHeaders = [
      "Content-Type": "application/octet-stream", "x-goog-hash": "crc32c=\(sum.checksumText)",
    ]
    let response = try send(GCSRequest("POST", url, headers, body: bytes), .write(key))
    return try GCSObject(response, .write(key)).written(
      at: time(of: response), sent: sum, name: uri(of: key))
  }

  /// Where an object's bytes go.
  func uploadURL(_ key: ObjectKey, _ type: String, _ condition: WriteCondition) throws(ServiceError) -> String
  {
    let parameters = query([
      ("uploadType", type), ("name", name(of: key)),
      ("ifGenerationMatch", try match(condition, .write(key))), ("fields", GCSObject.fields),
    ])
    return "\(base)/upload/storage/v1/b/\(place.bucket)/o?\(parameters)"
  }

  private struct Rewriting: Decodable {
    var done: Bool
    var rewriteToken: String?
    var resource: GCSObject?
  }

  public func rewrite(_ key: ObjectKey, from source: ObjectKey, if condition: WriteCondition)
    throws(ServiceError) -> Written
  {
    let target = "/rewriteTo/b/\(place.bucket)/o/\(encoded(name(of: key)))"
    let match = try match(condition, .write(key))
    var token: String?
    while true {
      let parameters = query([
        ("ifGenerationMatch", match), ("rewriteToken", token),
        ("fields", "done,rewriteToken,resource(\(GCSObject.fields))"),
      ])
      let response = try send(
        GCSRequest("POST", "\(objectURL(source))\(target)?\(parameters)", body: []), .object(source))
      let bytes: [UInt8]
      do { bytes = try response.readAll(limit: 1 << 20) } catch { throw unreachable(error, .write(key)) }
      guard let answer = try? Documents.decode(Rewriting.self, from: bytes, name: "") else {
        throw ServiceError(.failed, "\(uri(of: key)): a copy was answered with something that is none")
      }
      if answer.done, let object = answer.resource {
        return try object.written(at: time(of: response), sent: nil, name: uri(of: key))
      }
      // Between places or classes of storage large objects are copied in several steps.
      guard !answer.done, let next = answer.rewriteToken else {
        throw ServiceError(.failed, "\(uri(of: key)): a copy neither ended nor says how it goes on")
      }
      token = next
    }
  }
}
