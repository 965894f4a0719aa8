public import Basics
import ObjectStore

/// A store in S3, or in something that speaks S3: `s3://bucket/prefix`.
///
/// Region and address are the settings of AWS's own tools: `AWS_REGION` or `AWS_DEFAULT_REGION` or the profile's
/// `region`; `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` or the profile's `endpoint_url`.
public struct S3Location: Sendable, CustomStringConvertible {
  /// The bucket's name.
  public let bucket: String
  /// What all keys begin with, without a slash at its end; empty for the bucket's root.
  public let prefix: String
  /// What requests are signed for.
  public let region: String
  /// Whether it is S3 itself, at its own address.
  public let isAWS: Bool
  /// Whether the bucket is a part of the path, instead of the host's name.
  public let usesPath: Bool
  let endpoint: Endpoint
  let checksums: Checksums

  /// `s3://bucket/prefix`.
  public var description: String { prefix.isEmpty ? "s3://\(bucket)" : "s3://\(bucket)/\(prefix)" }

  /// Reads a location, and from the surroundings where it is.
  /// - Throws: ``Failure/Kind/settings``, which says what to mend.
  public init(_ text: String, in world: S3Surroundings) throws(Failure) {
    try self.init(text, in: world, profiles: Profiles(world))
  }

  init(_ text: String, in world: S3Surroundings, profiles: Profiles) throws(Failure) {
    guard text.hasPrefix("s3://") else {
      throw Failure(.settings, "\(text): a store in S3 is written s3://bucket or s3://bucket/prefix")
    }
    let parts = text.dropFirst(5).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    bucket = parts.first.map(String.init) ?? ""
    var prefix = parts.count > 1 ? String(parts[1]) : ""
    if prefix.hasSuffix("/") { prefix.removeLast() }
    self.prefix = prefix
    if !prefix.isEmpty {
      // Keys have up to 900 bytes, and S3 allows 1024.
      guard prefix.utf8.count <= 120 else {
        throw Failure(.settings, "\(text): what follows the bucket is longer than 120 bytes: shorten it")
      }
      do { _ = try ObjectKey(prefix) } catch {
        throw Failure(.settings, "\(text): what follows the bucket is \(error.message)")
      }
    }
    let given = try Self.endpoint(world, profiles)
    isAWS = given == nil || given?.host.hasSuffix(".amazonaws.com") == true
    if let problem = Self.problem(bucket: bucket, isAWS: isAWS) {
      throw Failure(.settings, "\(text): \"\(bucket)\" is no name of a bucket: \(problem)")
    }
    guard
      let region = world.variable(of: "AWS_REGION", "AWS_DEFAULT_REGION") ?? profiles["region"]
        // Others than AWS rarely have regions, and take this one.
        ?? (isAWS ? nil : "us-east-1")
    else {
      throw Failure(
        .settings,
        "\(text): the bucket's region is not known: set AWS_REGION, or region in the profile "
          + "\"\(profiles.chosen)\" of \(profiles.paths.config)")
    }
    guard region.utf8.allSatisfy({ $0 == 0x2D || (48...57).contains($0) || (97...122).contains($0) }),
      !region.isEmpty, region.utf8.count <= 40
    else { throw Failure(.settings, "\(text): \"\(region)\" (AWS_REGION) is no name of a region") }
    self.region = region
    checksums = try Checksums(world, profiles, isAWS: isAWS)
    let server = given ?? .ofAWS("s3", region: region)
    usesPath = try Self.usesPath(world, profiles) ?? (given != nil || bucket.contains("."))
    endpoint = usesPath ? server : server.under(bucket)
  }

  /// The whole key of an object, or the beginning of some.
  func fullKey(_ key: String) -> String { prefix.isEmpty ? key : "\(prefix)/\(key)" }

  /// The path of an object, or of the bucket.
  func path(_ key: String?) -> String {
    let base = endpoint.path + (usesPath ? "/\(bucket)" : "")
    guard let key else { return base.isEmpty ? "/" : base }
    return "\(base)/\(encodedPath(fullKey(key)))"
  }

  private static func endpoint(_ world: S3Surroundings, _ profiles: Profiles) throws(Failure) -> Endpoint? {
    if world.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?.lowercased() == "true" { return nil }
    for name in ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"] {
      if let text = world.variable(name) { return try Endpoint(text, setting: name) }
    }
    guard let text = profiles.serviceEndpoint("s3") ?? profiles["endpoint_url"] else { return nil }
    return try Endpoint(text, setting: "endpoint_url of the profile \"\(profiles.chosen)\"")
  }

  /// What somebody set, if so.
  private static func usesPath(_ world: S3Surroundings, _ profiles: Profiles) throws(Failure) -> Bool? {
    let variable = "STRANDLINE_S3_ADDRESSING"
    guard let style = world.variable(variable) ?? profiles["s3.addressing_style"] else { return nil }
    switch style {
    case "path": return true
    case "virtual": return false
    case "auto": return nil
    default:
      throw Failure(
        .settings,
        "\(variable), or addressing_style in the profile, is \"\(style)\": write path, virtual or auto")
    }
  }

  private static func problem(bucket: String, isAWS: Bool) -> String? {
    let bytes = Array(bucket.utf8)
    if bytes.isEmpty { return "it is empty" }
    func isPlain(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...122).contains(byte) }
    // Others than AWS have buckets from older days.
    let more = isAWS ? "-." : "-._ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for byte in bytes where !isPlain(byte) && !more.utf8.contains(byte) {
      return isAWS
        ? "it has lowercase letters, digits, hyphens and dots" : "it has letters, digits, hyphens, dots and _"
    }
    if !(3...(isAWS ? 63 : 255)).contains(bytes.count) { return "it has 3 to 63 characters" }
    if isAWS, !isPlain(bytes[0]) || !isPlain(bytes[bytes.count - 1]) {
      return "it begins and ends with a letter or digit"
    }
    if bucket.contains("..") || bytes[0] == 0x2E { return "no dot stands at its front or beside another" }
    let numbers = bucket.split(separator: ".", omittingEmptySubsequences: false)
    if numbers.count == 4, numbers.allSatisfy({ UInt8($0) != nil }) { return "it looks like an IP address" }
    return nil
  }
}
