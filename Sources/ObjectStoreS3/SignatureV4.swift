public import Basics
import Hashing

/// What of a request is signed: exactly what is sent.
public struct SignableRequest: Sendable {
  /// `GET`, `PUT`, …
  public var method: String
  /// As in the `Host` header, with the port unless it is the scheme's own.
  public var host: String
  /// The path as it is sent, percent-encoded, beginning with a slash.
  public var path: String
  /// Names and values of the query, not encoded.
  public var query: [(name: String, value: String)]
  /// The headers that are signed beside `host` and those that signing adds.
  public var headers: [(name: String, value: String)]
  /// SHA-256 of the body, in lowercase hexadecimal digits.
  public var payloadHash: String

  /// Puts them together.
  public init(
    method: String, host: String, path: String, query: [(name: String, value: String)] = [],
    headers: [(name: String, value: String)] = [], payloadHash: String
  ) {
    self.method = method
    self.host = host
    self.path = path
    self.query = query
    self.headers = headers
    self.payloadHash = payloadHash
  }

  /// The query as it is sent and signed: encoded, and in the order of the encoded names.
  public var canonicalQuery: String {
    query.map { (percentEncoded($0.name), percentEncoded($0.value)) }
      .sorted { bytesPrecede($0.0, $1.0) || $0.0 == $1.0 && bytesPrecede($0.1, $1.1) }
      .map { "\($0)=\($1)" }.joined(separator: "&")
  }
}

/// AWS Signature Version 4 in headers, with the rules of S3: a path is encoded once and never normalised.
public struct SignatureV4: Sendable {
  /// Such as `eu-central-1`.
  public var region: String
  /// `s3`, `sts`.
  public var service: String

  /// Signs for a service in a region.
  public init(region: String, service: String) {
    self.region = region
    self.service = service
  }

  /// The headers that make a request a signed one: `x-amz-date`, `x-amz-security-token` where the credentials have
  /// a token, and `Authorization`. A pure function of its arguments.
  public func headers(
    for request: SignableRequest, _ credentials: S3Credentials, at time: Instant
  ) -> [(name: String, value: String)] {
    let stamp = Instant(seconds: time.microseconds / 1_000_000).compact
    var added = [(name: "x-amz-date", value: stamp)]
    if let token = credentials.sessionToken { added.append((name: "x-amz-security-token", value: token)) }
    let signed = ([(name: "host", value: request.host)] + request.headers + added)
      .map { (name: $0.name.lowercased(), value: squeezed($0.value)) }
      .sorted { bytesPrecede($0.name, $1.name) }
    let names = signed.map(\.name).joined(separator: ";")
    let canonical =
      "\(request.method)\n\(request.path)\n\(request.canonicalQuery)\n"
      + signed.map { "\($0.name):\($0.value)\n" }.joined() + "\n\(names)\n\(request.payloadHash)"
    let scope = "\(stamp.prefix(8))/\(region)/\(service)/aws4_request"
    let toSign =
      "AWS4-HMAC-SHA256\n\(stamp)\n\(scope)\n" + hex(SHA256.digest(Array(canonical.utf8)))
    let signature = hex(SHA256.hmac(Array(toSign.utf8), key: key(credentials.secretKey, stamp.prefix(8))))
    added.append(
      (
        name: "Authorization",
        value: "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(scope),"
          + "SignedHeaders=\(names),Signature=\(signature)"
      ))
    return added
  }

  private func key(_ secret: String, _ day: Substring) -> [UInt8] {
    var key = Array("AWS4\(secret)".utf8)
    for part in [String(day), region, service, "aws4_request"] {
      key = SHA256.hmac(Array(part.utf8), key: key)
    }
    return key
  }
}

/// The order of bytes, which is not that of Swift's strings.
private func bytesPrecede(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }

/// Without spaces at the ends, and with one where there are several.
private func squeezed(_ value: String) -> String { value.split(separator: " ").joined(separator: " ") }
