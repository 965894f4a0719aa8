import Basics
import CloudStore

/// Where credentials come from, as with AWS's own tools: the environment, the profile that somebody named, web
/// identity (EKS), the default profile, the container (ECS, EKS Pod Identity), the machine (EC2).
///
/// What is found first is taken, and nothing after it, even if it turns out not to be good.
func credentialSource(_ world: S3Surroundings, _ profiles: Profiles, region: String) throws(Failure)
  -> any CredentialSource
{
  let chain = CredentialChain(world: world, profiles: profiles, region: region)
  if let keys = try chain.environmentKeys() { return keys }
  if profiles.isNamed { return try chain.source(ofProfile: profiles.chosen) }
  if let identity = try chain.webIdentity() { return identity }
  if profiles.has("default"), let source = try chain.sourceIfAny(ofProfile: "default", after: []) {
    return source
  }
  if let container = try chain.container() { return container }
  return try chain.machine()
}

struct CredentialChain {
  let world: S3Surroundings
  let profiles: Profiles
  let region: String

  func environmentKeys() throws(Failure) -> (any CredentialSource)? {
    guard let access = world.variable("AWS_ACCESS_KEY_ID") else {
      guard world.variable("AWS_SECRET_ACCESS_KEY") == nil else {
        throw Failure(.settings, "AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not: set both")
      }
      return nil
    }
    guard let secret = world.variable("AWS_SECRET_ACCESS_KEY") else {
      throw Failure(.settings, "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not: set both")
    }
    return FixedCredentials(
      name: "the environment (AWS_ACCESS_KEY_ID)",
      credentials: S3Credentials(
        accessKey: access, secretKey: secret, sessionToken: world.variable("AWS_SESSION_TOKEN")))
  }

  func webIdentity() throws(Failure) -> (any CredentialSource)? {
    guard let file = world.variable("AWS_WEB_IDENTITY_TOKEN_FILE") else { return nil }
    guard let role = world.variable("AWS_ROLE_ARN") else {
      throw Failure(.settings, "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not: set both")
    }
    return WebIdentityRole(
      name: "web identity (AWS_WEB_IDENTITY_TOKEN_FILE)", service: try tokenService(), role: role,
      session: world.variable("AWS_ROLE_SESSION_NAME") ?? "strandline", tokenFile: file)
  }

  func container() throws(Failure) -> (any CredentialSource)? { try ContainerCredentials(world) }

  func machine() throws(Failure) -> any CredentialSource { try InstanceCredentials(world) }

  /// - Throws: ``Failure/Kind/settings`` if the profile is not there or has no credentials.
  func source(ofProfile profile: String, after: [String] = []) throws(Failure) -> any CredentialSource {
    guard profiles.has(profile) else {
      throw Failure(
        .settings,
        "there is no profile \"\(profile)\" in \(profiles.paths.config) or \(profiles.paths.credentials): mend "
          + (after.last.map { "source_profile of \"\($0)\"" } ?? "AWS_PROFILE"))
    }
    guard let source = try sourceIfAny(ofProfile: profile, after: after) else {
      throw Failure(
        .settings,
        "the profile \"\(profile)\" has no credentials: give it aws_access_key_id and aws_secret_access_key in "
          + "\(profiles.paths.credentials), or role_arn and source_profile in \(profiles.paths.config)")
    }
    return source
  }

  func sourceIfAny(ofProfile profile: String, after: [String]) throws(Failure) -> (any CredentialSource)? {
    guard let values = profiles.values(profile) else { return nil }
    func refused(_ why: String) -> Failure { Failure(.settings, "the profile \"\(profile)\" \(why)") }
    // A profile that is its own source means its keys.
    if let role = values["role_arn"], after.last != profile {
      guard !after.contains(profile) else { throw refused("comes back to itself by source_profile") }
      guard values["mfa_serial"] == nil else {
        throw refused("asks for a second factor (mfa_serial), which nobody can give to a scheduled run")
      }
      return try self.role(role, of: profile, values, after: after + [profile])
    }
    if values["aws_access_key_id"] != nil || values["aws_secret_access_key"] != nil {
      return ProfileKeys(world: world, profile: profile)
    }
    for (setting, what) in [
      ("sso_session", "single sign-on"), ("sso_start_url", "single sign-on"),
      ("login_session", "a console login"),
      ("credential_process", "a program (credential_process)"),
    ] where values[setting] != nil {
      throw refused(
        "gets its credentials by \(what), which is not supported: put them into the environment with "
          + "eval \"$(aws configure export-credentials --profile \(profile) --format env)\"")
    }
    return nil
  }

  private func role(_ role: String, of profile: String, _ values: [String: String], after: [String])
    throws(Failure) -> any CredentialSource
  {
    let name = "the role of the profile \"\(profile)\""
    let session = values["role_session_name"] ?? world.variable("AWS_ROLE_SESSION_NAME") ?? "strandline"
    if let file = values["web_identity_token_file"] {
      return WebIdentityRole(
        name: name, service: try tokenService(), role: role, session: session, tokenFile: file)
    }
    let base: any CredentialSource
    if let source = values["source_profile"] {
      base = try self.source(ofProfile: source, after: after)
    } else {
      switch values["credential_source"] {
      case "Environment": base = try given(environmentKeys(), profile, "AWS_ACCESS_KEY_ID is not set")
      case "EcsContainer": base = try given(container(), profile, "this is no container that lends some")
      case "Ec2InstanceMetadata": base = try machine()
      default:
        throw Failure(
          .settings,
          "the profile \"\(profile)\" has role_arn, and neither source_profile nor credential_source "
            + "(Environment, EcsContainer, Ec2InstanceMetadata)")
      }
    }
    let seconds = values["duration_seconds"].flatMap { Int($0) }
    return AssumedRole(
      name: name, service: try tokenService(), region: region, keeper: CredentialKeeper(base, log: world.log),
      role: role, session: session, externalID: values["external_id"], seconds: seconds)
  }

  private func given(_ source: (any CredentialSource)?, _ profile: String, _ why: String) throws(Failure)
    -> any CredentialSource
  {
    guard let source else {
      throw Failure(.settings, "the profile \"\(profile)\" names a credential_source that has none: \(why)")
    }
    return source
  }

  private func tokenService() throws(Failure) -> TokenService {
    let name = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"].first { world.variable($0) != nil }
    guard let name, let text = world.variable(name) else {
      return TokenService(world: world, endpoint: .ofAWS("sts", region: region))
    }
    return TokenService(world: world, endpoint: try Endpoint(text, setting: name))
  }
}

/// Keys that stand in the shared files, which are read again when they have to be renewed: others may write new ones.
struct ProfileKeys: CredentialSource {
  let world: S3Surroundings
  let profile: String

  var name: String { "the profile \"\(profile)\"" }

  func fetch(at now: Instant) throws(ServiceError) -> S3Credentials {
    let values: [String: String]?
    do { values = try Profiles(world).values(profile) } catch { throw ServiceError(.denied, error.message) }
    guard let access = values?["aws_access_key_id"], let secret = values?["aws_secret_access_key"] else {
      throw ServiceError(
        .denied, "\(name) has only one of aws_access_key_id and aws_secret_access_key: give it both")
    }
    return S3Credentials(accessKey: access, secretKey: secret, sessionToken: values?["aws_session_token"])
  }
}
