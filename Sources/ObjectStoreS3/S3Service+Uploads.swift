public import Basics
public import CloudStore
import HTTP
import Hashing
public import ObjectStore

extension S3Service {
  public func beginUpload(_ key: ObjectKey, if condition: WriteCondition) throws(ServiceError) -> Upload {
    var request = request(
      "POST", key, query: [(name: "uploads", value: "")],
      headers: [(name: "content-type", value: "application/octet-stream")], body: [])
    if place.checksums == .objectsAndParts {
      request.headers.append((name: "x-amz-checksum-algorithm", value: "SHA256"))
    }
    let (document, _) = try askForDocument(request)
    guard let id = document["UploadId"], !id.isEmpty else {
      throw ServiceError(.failed, "\(request.name): the service began an upload without an id")
    }
    return Upload(key: key, id: id)
  }

  public func send(_ part: UploadPart, _ bytes: [UInt8], of upload: Upload) throws(ServiceError)
    -> PartReceipt
  {
    let digest = SHA256.digest(bytes)
    let checksum = base64(digest)
    var request = request("PUT", upload.key, query: query(upload, part), body: bytes)
    if place.checksums == .objectsAndParts {
      request.headers.append((name: "x-amz-checksum-sha256", value: checksum))
    }
    request.bodyDigest = digest
    let response = try ask(request)
    let taken = response.headers["x-amz-checksum-sha256"]
    try check(checksum, taken, request.name)
    let etag = try Self.version(response.headers["ETag"], request.name)
    return PartReceipt(
      number: part.number, tag: PartTag(etag: etag, size: bytes.count, checksum: taken).description)
  }

  public func copy(_ part: UploadPart, from key: ObjectKey, range: Range<Int>, of upload: Upload)
    throws(ServiceError) -> PartReceipt
  {
    let source = "/\(place.bucket)/\(encodedPath(place.fullKey(key.description)))"
    let request = request(
      "PUT", upload.key, query: query(upload, part),
      headers: [
        (name: "x-amz-copy-source", value: source),
        (name: "x-amz-copy-source-range", value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)"),
      ], body: [])
    let (document, _) = try askForDocument(request)
    let etag = try Self.version(document["ETag"], request.name)
    let tag = PartTag(etag: etag, size: range.count, checksum: document["ChecksumSHA256"])
    return PartReceipt(number: part.number, tag: tag.description)
  }

  public func complete(_ upload: Upload, _ parts: [PartReceipt], if condition: WriteCondition)
    throws(ServiceError) -> Written
  {
    if quirks.looksBeforeCompleting { try look(upload.key, condition) }
    let tags = parts.map { (number: $0.number, tag: PartTag($0.tag)) }
    let request = request(
      "POST", upload.key, query: [(name: "uploadId", value: upload.id)],
      headers: conditionHeaders(condition) + [(name: "content-type", value: "application/xml")],
      body: Array(Self.list(tags).utf8))
    let (document, headers) = try madeAlike(condition) { () throws(ServiceError) in
      do throws(ServiceError) { return try askForDocument(request) } catch {
        if error.kind == .failed, quirks.failsOnUnknownUploads { try askForParts(upload) }
        throw error
      }
    }
    let size = tags.reduce(0) { $0 + $1.tag.size }
    if let etag = document["ETag"], !etag.isEmpty {
      return try written(headers, size: size, etag: etag, request.name)
    }
    // radosgw (16.2) leaves it out.
    var found: ObjectInfo?
    do { found = try info(upload.key) } catch { if error.kind != .notFound { throw error } }
    guard let info = found, info.size == size else {
      throw ServiceError(
        .failed, "\(request.name): the upload was completed, and something else is there now")
    }
    return Written(info)
  }

  public func abort(_ upload: Upload) throws(ServiceError) {
    _ = try ask(request("DELETE", upload.key, query: [(name: "uploadId", value: upload.id)]))
  }

  public func abandoned(prefix: String, before time: Instant) throws(ServiceError) -> [Upload] {
    var found: [Upload] = []
    var marks: [(name: String, value: String)] = []
    while true {
      let request = request(
        "GET", nil,
        query: [
          (name: "uploads", value: ""), (name: "encoding-type", value: "url"),
          (name: "prefix", value: place.fullKey(prefix)),
        ] + marks)
      let (page, _) = try askForDocument(request)
      let decode = ListedKeys(page, place, quirks)
      for entry in page.all("Upload") {
        guard let key = decode.key(entry["Key"]), let id = entry["UploadId"],
          let begun = entry["Initiated"].flatMap({ Instant($0) }), begun < time
        else { continue }
        found.append(Upload(key: key, id: id))
      }
      guard page["IsTruncated"] == "true", let key = decode.text(page["NextKeyMarker"]), !key.isEmpty else {
        return found
      }
      let next = [
        (name: "key-marker", value: key), (name: "upload-id-marker", value: page["NextUploadIdMarker"] ?? ""),
      ]
      guard !next.elementsEqual(marks, by: { $0 == $1 }) else { return found }
      marks = next
    }
  }

  /// - Throws: ``ServiceError/Kind/noSuchUpload`` if that is why it cannot be completed.
  private func askForParts(_ upload: Upload) throws(ServiceError) {
    let request = request(
      "GET", upload.key, query: [(name: "uploadId", value: upload.id), (name: "max-parts", value: "1")])
    do throws(ServiceError) { _ = try ask(request) } catch {
      // radosgw says NoSuchKey here.
      guard error.kind == .noSuchUpload || error.kind == .notFound else { return }
      throw ServiceError(.noSuchUpload, error.message)
    }
  }

  /// Judges a condition where completing an upload does not.
  private func look(_ key: ObjectKey, _ condition: WriteCondition) throws(ServiceError) {
    if condition == .none { return }
    var version: String?
    do { version = try info(key).version } catch { if error.kind != .notFound { throw error } }
    let holds =
      switch condition {
      case .none: true
      case .absent: version == nil
      case .version(let wanted): version == wanted
      }
    guard holds else {
      throw ServiceError(
        .preconditionFailed, "\(uri(of: key)): \(version.map { "it is of version \($0)" } ?? "it is gone")")
    }
  }

  private func query(_ upload: Upload, _ part: UploadPart) -> [(name: String, value: String)] {
    [(name: "partNumber", value: String(part.number)), (name: "uploadId", value: upload.id)]
  }

  private static func list(_ parts: [(number: Int, tag: PartTag)]) -> String {
    var text = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
    for (number, tag) in parts {
      text +=
        "<Part><PartNumber>\(number)</PartNumber><ETag>&quot;\(XMLElement.escaped(tag.etag))&quot;</ETag>"
      if let checksum = tag.checksum {
        text += "<ChecksumSHA256>\(XMLElement.escaped(checksum))</ChecksumSHA256>"
      }
      text += "</Part>"
    }
    return text + "</CompleteMultipartUpload>"
  }
}

/// What has to be known of a part when the upload is completed, as one text.
struct PartTag: CustomStringConvertible {
  var etag: String
  var size: Int
  /// Where the store knows checksums.
  var checksum: String?

  init(etag: String, size: Int, checksum: String?) {
    (self.etag, self.size, self.checksum) = (etag, size, checksum)
  }

  init(_ text: String) {
    let words = text.split(separator: " ")
    etag = words.first.map(String.init) ?? ""
    size = words.count > 1 ? Int(words[1]) ?? 0 : 0
    checksum = words.count > 2 ? String(words[2]) : nil
  }

  var description: String { "\(etag) \(size)" + (checksum.map { " \($0)" } ?? "") }
}
