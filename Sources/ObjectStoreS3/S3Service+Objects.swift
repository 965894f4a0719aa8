public import CloudStore
import HTTP
import Hashing
public import ObjectStore

extension S3Service {
  public func info(_ key: ObjectKey) throws(ServiceError) -> ObjectInfo {
    let response = try ask(request("HEAD", key))
    return try info(response, size: response.headers["Content-Length"].flatMap { Int($0) }, uri(of: key))
  }

  public func open(_ key: ObjectKey, range: Range<Int>?, ifVersion version: String?) throws(ServiceError)
    -> any ServiceBody
  {
    var headers: [(name: String, value: String)] = []
    if let range {
      headers.append((name: "range", value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)"))
    } else {
      headers.append((name: "x-amz-checksum-mode", value: "ENABLED"))
    }
    if let version { headers.append((name: "if-match", value: quirks.match(version))) }
    let response = try ask(request("GET", key, headers: headers))
    let name = uri(of: key)
    var size = response.expectedBytes
    if let range {
      guard response.status == 206, let found = ContentRange(response.headers["Content-Range"] ?? ""),
        found.range.lowerBound == range.lowerBound
      else { throw ServiceError(.failed, "\(name): the service answered with something else than a range") }
      size = found.size
      guard found.range.upperBound == range.upperBound else {
        throw ServiceError(
          .invalid,
          "\(name): bytes \(range.lowerBound)..<\(range.upperBound) were asked for, but it has \(found.size)")
      }
    }
    let info = try info(response, size: size, name)
    guard version == nil || version == info.version else {
      throw ServiceError(.preconditionFailed, "\(name): it is of version \(info.version) by now")
    }
    return S3Body(response, info, range: range, name: name)
  }

  public func put(_ key: ObjectKey, _ bytes: [UInt8], if condition: WriteCondition) throws(ServiceError)
    -> Written
  {
    let digest = SHA256.digest(bytes)
    var request = request("PUT", key, headers: conditionHeaders(condition), body: bytes)
    request.bodyDigest = digest
    let checksum = base64(digest)
    request.headers.append((name: "content-type", value: "application/octet-stream"))
    if place.checksums != .nowhere {
      request.headers.append((name: "x-amz-checksum-sha256", value: checksum))
    }
    let response = try madeAlike(condition) { () throws(ServiceError) in try ask(request) }
    try check(checksum, response.headers["x-amz-checksum-sha256"], request.name)
    return try written(response.headers, size: bytes.count, etag: response.headers["ETag"], request.name)
  }

  public func delete(_ key: ObjectKey, ifVersion version: String?) throws(ServiceError) {
    var headers: [(name: String, value: String)] = []
    if let version, deletesByVersion { headers.append((name: "if-match", value: quirks.match(version))) }
    _ = try ask(request("DELETE", key, headers: headers))
  }

  func conditionHeaders(_ condition: WriteCondition) -> [(name: String, value: String)] {
    switch condition {
    case .none: []
    case .absent: [(name: "if-none-match", value: "*")]
    case .version(let version): [(name: "if-match", value: quirks.match(version))]
    }
  }

  /// An object that is gone is not of the version that it was to be: S3 calls it absent, others a condition that
  /// does not hold.
  func madeAlike<T>(_ condition: WriteCondition, _ work: () throws(ServiceError) -> T) throws(ServiceError)
    -> T
  {
    do { return try work() } catch {
      guard case .version = condition, error.kind == .notFound else { throw error }
      throw ServiceError(.preconditionFailed, error.message)
    }
  }

  func written(_ headers: HTTPHeaders, size: Int, etag: String?, _ name: String) throws(ServiceError)
    -> Written
  {
    Written(
      size: size, version: try Self.version(etag, name), storeTime: headers.date ?? sender.now)
  }

  /// What the store says that it took has to be what was sent; a store that knows no checksums says nothing.
  func check(_ sent: String, _ taken: String?, _ name: String) throws(ServiceError) {
    guard let taken, taken != sent else { return }
    throw ServiceError(
      .failed, "\(name): the service took bytes of SHA-256 \(taken), not \(sent): send them again")
  }

  private func info(_ response: HTTPResponse, size: Int?, _ name: String) throws(ServiceError) -> ObjectInfo {
    guard let size else { throw ServiceError(.failed, "\(name): the service did not tell its length") }
    let now = response.headers.date ?? sender.now
    return ObjectInfo(
      size: size, version: try Self.version(response.headers["ETag"], name),
      lastModified: response.headers["Last-Modified"].flatMap { .init(httpDate: $0) } ?? now, storeTime: now)
  }

  /// An ETag without its quotes.
  static func version(_ etag: String?, _ name: String) throws(ServiceError) -> String {
    let version = etag.map { $0.filter { $0 != "\"" } } ?? ""
    guard !version.isEmpty else {
      throw ServiceError(.failed, "\(name): the service did not tell its version (ETag): use another store")
    }
    return version
  }
}

/// `bytes 0-9/100`.
package struct ContentRange {
  package let range: Range<Int>
  package let size: Int

  package init?(_ text: String) {
    guard text.hasPrefix("bytes ") else { return nil }
    let parts = text.dropFirst(6).split(whereSeparator: { $0 == "-" || $0 == "/" })
    guard parts.count == 3, let first = Int(parts[0]), let last = Int(parts[1]), let size = Int(parts[2]),
      first >= 0, first <= last, last < size
    else { return nil }
    range = first..<last + 1
    self.size = size
  }
}
