public import Basics
public import CloudStore
import HTTP
import Hashing
public import ObjectStore

extension GCSService {
  public func beginUpload(_ key: ObjectKey, if condition: WriteCondition) throws(ServiceError) -> Upload {
    let url = try uploadURL(key, "resumable", condition)
    let headers: HTTPHeaders = ["X-Upload-Content-Type": "application/octet-stream"]
    let response = try send(GCSRequest("POST", url, headers, body: []), .write(key))
    guard let address = response.headers["Location"], address.hasPrefix("http") else {
      throw ServiceError(
        .failed, "\(uri(of: key)): an upload was begun, and the answer does not say where it goes")
    }
    return Upload(key: key, id: address)
  }

  public func send(_ part: UploadPart, _ bytes: [UInt8], of upload: Upload) throws(ServiceError)
    -> PartReceipt
  {
    let attempt = sessions.begin(part, bytes, of: upload.id)
    var arrived = part.offset
    if attempt.isRepeated {
      switch try standing(part, of: upload, attempt) {
      case .ended(let written): return receipt(part, attempt, upload, written)
      case .upTo(let end): arrived = end
      }
    }
    let end = part.offset + bytes.count
    // The service may keep less of a part than was sent, but each time some of it.
    while arrived < end || part.total != nil {
      guard (part.offset...end).contains(arrived) else {
        throw ServiceError(
          .failed,
          "\(uri(of: upload.key)): the service has \(arrived) bytes of the upload, and part \(part.number) begins "
            + "at \(part.offset)")
      }
      let before = arrived
      let rest = arrived == part.offset ? bytes : Array(bytes[(arrived - part.offset)...])
      let total = part.total.map(String.init) ?? "*"
      let range = rest.isEmpty ? "bytes */\(total)" : "bytes \(arrived)-\(end - 1)/\(total)"
      switch try transfer(rest, range, part, upload, attempt) {
      case .ended(let written): return receipt(part, attempt, upload, written)
      case .upTo(let place): arrived = place
      }
      guard arrived > before else {
        throw ServiceError(
          .failed, "\(uri(of: upload.key)): the service took nothing more of part \(part.number)")
      }
    }
    return receipt(part, attempt, upload, nil)
  }

  public func copy(_ part: UploadPart, from key: ObjectKey, range: Range<Int>, of upload: Upload)
    throws(ServiceError) -> PartReceipt
  {
    throw ServiceError(.invalid, "\(uri(of: upload.key)): parts cannot be made of other objects here")
  }

  public func complete(_ upload: Upload, _ parts: [PartReceipt], if condition: WriteCondition)
    throws(ServiceError) -> Written
  {
    guard let written = parts.last?.written else {
      throw ServiceError(.invalid, "\(uri(of: upload.key)): the part that ends the upload has not been sent")
    }
    return written
  }

  public func abort(_ upload: Upload) throws(ServiceError) {
    sessions.forget(upload.id)
    let response = try answer(to: session(upload, "DELETE", [:], []), .part(upload.key))
    // 499 is how the service says that it was given up by the one who asked.
    guard (200..<300).contains(response.status) || [404, 410, 499].contains(response.status) else {
      throw refusal(response, .part(upload.key))
    }
  }

  /// None: nobody can ask for them, and the service forgets what is a week old.
  public func abandoned(prefix: String, before time: Instant) -> [Upload] { [] }

  private enum Standing {
    case ended(Written)
    /// Not ended; so many bytes of the object are there.
    case upTo(Int)
  }

  /// How much of an upload is there.
  private func standing(_ part: UploadPart, of upload: Upload, _ attempt: UploadSessions.Attempt)
    throws(ServiceError) -> Standing
  {
    // With the total this would also end an upload that has all bytes: then that is what was asked for before.
    try transfer([], "bytes */\(part.total.map(String.init) ?? "*")", part, upload, attempt)
  }

  private func transfer(
    _ bytes: [UInt8], _ range: String, _ part: UploadPart, _ upload: Upload, _ attempt: UploadSessions.Attempt
  ) throws(ServiceError) -> Standing {
    var headers: HTTPHeaders = ["Content-Range": range]
    let sum = part.total == nil ? nil : attempt.sum?.value
    if let sum { headers.append("x-goog-hash", "crc32c=\(sum.checksumText)") }
    let response = try answer(to: session(upload, "PUT", headers, bytes), .part(upload.key))
    switch response.status {
    case 200, 201:
      let object = try GCSObject(response, .part(upload.key))
      return .ended(try object.written(at: time(of: response), sent: sum, name: uri(of: upload.key)))
    case 308:
      guard let range = response.headers["Range"] else { return .upTo(0) }
      guard range.hasPrefix("bytes=0-"), let last = Int(range.dropFirst(8)) else {
        throw ServiceError(.failed, "\(uri(of: upload.key)): \"\(oneLine(range))\" does not say what arrived")
      }
      return .upTo(last + 1)
    default: throw refusal(response, .part(upload.key))
    }
  }

  /// The address of a session is itself the right to use it, so it is told no token; and it is in no message.
  private func session(_ upload: Upload, _ method: String, _ headers: HTTPHeaders, _ bytes: [UInt8])
    -> GCSRequest
  {
    var request = GCSRequest(method, upload.id, headers, body: bytes)
    request.needsToken = false
    return request
  }

  private func receipt(
    _ part: UploadPart, _ attempt: UploadSessions.Attempt, _ upload: Upload, _ written: Written?
  ) -> PartReceipt {
    sessions.end(attempt, of: upload.id, isLast: written != nil)
    return PartReceipt(number: part.number, tag: attempt.sum?.value.checksumText ?? "", written: written)
  }
}
