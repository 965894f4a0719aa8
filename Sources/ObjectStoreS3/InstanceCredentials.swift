import Basics
import CloudStore
import HTTP
import Synchronization

/// What EC2 lends to its machines (IMDSv2).
final class InstanceCredentials: CredentialSource {
  let name = "the machine's role (EC2)"
  private let world: S3Surroundings
  private let base: String
  private let isDisabled: Bool
  /// Whether the service has answered before: then its silence is a failure, and not another kind of machine.
  private let isKnown = Mutex(false)

  init(_ world: S3Surroundings) throws(Failure) {
    self.world = world
    isDisabled = world.variable("AWS_EC2_METADATA_DISABLED")?.lowercased() == "true"
    let variable = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
    if let text = world.variable(variable) {
      let endpoint = try Endpoint(text, setting: variable)
      base = "\(endpoint.scheme)://\(endpoint.host)\(endpoint.path)"
    } else {
      let isIPv6 = world.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")?.lowercased() == "ipv6"
      base = isIPv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
    }
  }

  func fetch(at now: Instant) throws(ServiceError) -> S3Credentials {
    guard !isDisabled else {
      throw nothingFound("the machine is not to be asked (AWS_EC2_METADATA_DISABLED)")
    }
    let token: String
    do {
      token = try ask("/latest/api/token", "PUT", ["X-aws-ec2-metadata-token-ttl-seconds": "21600"])
    } catch {
      // On any other machine nobody is there; on one of EC2 it is far too near not to answer.
      if isKnown.withLock({ $0 }) { throw error }
      throw nothingFound("this machine has no metadata service of EC2 (\(error.message))")
    }
    let headers: HTTPHeaders = ["X-aws-ec2-metadata-token": token]
    let path = "/latest/meta-data/iam/security-credentials/"
    let role = try ask(path, "GET", headers)
    isKnown.withLock { $0 = true }
    return try lentCredentials(Array(try ask(path + encodedPath(role), "GET", headers).utf8), name)
  }

  /// The first line of an answer, or all of it.
  private func ask(_ path: String, _ method: String, _ headers: HTTPHeaders) throws(ServiceError) -> String {
    let answer: (status: Int, body: [UInt8])
    do { answer = try askTwice(path, method, headers) } catch { throw ServiceError(error, name) }
    guard answer.status == 200, let text = String(validating: answer.body, as: UTF8.self), !text.isEmpty
    else {
      switch answer.status {
      case 404: throw nothingFound("this machine has no role: give it an instance profile")
      case 429, 500...: throw ServiceError(.failed, "\(name): \(base)\(path) answered \(answer.status)")
      default: throw ServiceError(.denied, "\(name): \(base)\(path) answered \(answer.status)")
      }
    }
    return path.hasSuffix("/") || method == "PUT"
      ? text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "" : text
  }

  /// A packet may be lost.
  private func askTwice(_ path: String, _ method: String, _ headers: HTTPHeaders) throws(HTTPError)
    -> (status: Int, body: [UInt8])
  {
    do {
      return try askLender(base + path, method: method, headers: headers, seconds: 1, in: world)
    } catch {
      return try askLender(base + path, method: method, headers: headers, seconds: 1, in: world)
    }
  }

  private func nothingFound(_ why: String) -> ServiceError {
    ServiceError(
      .denied,
      "no AWS credentials were found, not in the environment, a profile, web identity or a container, and \(why); "
        + "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE")
  }
}
