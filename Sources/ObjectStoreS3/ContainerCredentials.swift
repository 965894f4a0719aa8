import Basics
import CloudStore
import HTTP

/// What ECS and EKS Pod Identity lend to the containers that they run.
struct ContainerCredentials: CredentialSource {
  let name = "the container's credentials (AWS_CONTAINER_CREDENTIALS_…_URI)"
  private let world: S3Surroundings
  private let url: String

  /// Nil if this container is lent none.
  init?(_ world: S3Surroundings) throws(Failure) {
    self.world = world
    if let path = world.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
      guard path.hasPrefix("/") else {
        throw Failure(.settings, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with a slash")
      }
      url = "http://169.254.170.2\(path)"
    } else if let full = world.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
      guard Self.isAllowed(full) else {
        throw Failure(
          .settings,
          "AWS_CONTAINER_CREDENTIALS_FULL_URI: only https addresses are asked, and of http this machine (127.0.0.1, "
            + "localhost, [::1]) and the addresses of ECS and EKS (169.254.170.2, 169.254.170.23, [fd00:ec2::23])"
        )
      }
      url = full
    } else {
      return nil
    }
  }

  /// Else whoever sets the variable could have the token sent anywhere in the clear.
  private static func isAllowed(_ url: String) -> Bool {
    let lower = url.lowercased()
    if lower.contains("@") { return false }
    if lower.hasPrefix("https://") { return true }
    guard lower.hasPrefix("http://") else { return false }
    let authority = lower.dropFirst(7).prefix { !"/?#\\".contains($0) }
    let host: Substring
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return false }
      host = authority[...end]
    } else {
      host = authority.prefix { $0 != ":" }
    }
    if ["localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"].contains(host) {
      return true
    }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  func fetch(at now: Instant) throws(ServiceError) -> S3Credentials {
    var headers: HTTPHeaders = ["Accept": "application/json"]
    // The file's token is replaced from time to time, so it is read each time.
    if let file = world.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
      headers["Authorization"] = try secretText(of: file, in: world, name)
    } else if let token = world.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
      headers["Authorization"] = token
    }
    let answer: (status: Int, body: [UInt8])
    do { answer = try askLender(url, headers: headers, seconds: 5, in: world) } catch {
      throw ServiceError(error, name)
    }
    switch answer.status {
    case 200: return try lentCredentials(answer.body, name)
    case 429: throw ServiceError(.throttled, "\(name): \(masked(url: url)) answered 429")
    case 500...: throw ServiceError(.failed, "\(name): \(masked(url: url)) answered \(answer.status)")
    default:
      throw ServiceError(
        .denied,
        "\(name): \(masked(url: url)) answered \(answer.status): see that the task or pod has a role")
    }
  }
}
