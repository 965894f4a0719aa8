import Basics

/// The shared config and credentials files of AWS's tools, as far as they are there.
struct Profiles: Sendable {
  /// Which profile is asked for, and whether somebody named it.
  let chosen: String
  let isNamed: Bool
  /// Where the two files are, for messages.
  let paths: (config: String, credentials: String)
  private let config: ProfileFile
  private let credentials: ProfileFile

  init(_ world: S3Surroundings) throws(Failure) {
    let named = world.variable(of: "AWS_PROFILE", "AWS_DEFAULT_PROFILE")
    (chosen, isNamed) = (named ?? "default", named != nil)
    let home = world.variable("HOME")
    func path(_ variable: String, _ file: String) -> String {
      let path = world.variable(variable) ?? "~/.aws/\(file)"
      guard path.hasPrefix("~/"), let home else { return path }
      return home + path.dropFirst()
    }
    paths = (path("AWS_CONFIG_FILE", "config"), path("AWS_SHARED_CREDENTIALS_FILE", "credentials"))
    func read(_ path: String) throws(Failure) -> ProfileFile {
      // Without a home there is no such file.
      if path.hasPrefix("~/") { return ProfileFile([]) }
      return ProfileFile(try world.readFile(path) ?? [])
    }
    config = try read(paths.config)
    credentials = try read(paths.credentials)
  }

  /// Whether either file has the profile.
  func has(_ profile: String) -> Bool { values(profile) != nil }

  /// What the profile says; where both files say it, the credentials file.
  func values(_ profile: String) -> [String: String]? {
    let inConfig =
      config.sections["profile \(profile)"] ?? (profile == "default" ? config.sections["default"] : nil)
    let inCredentials = credentials.sections[profile]
    guard inConfig != nil || inCredentials != nil else { return nil }
    return (inConfig ?? [:]).merging(inCredentials ?? [:]) { $1 }.filter { !$0.value.isEmpty }
  }

  /// A setting of the chosen profile.
  subscript(name: String) -> String? { values(chosen)?[name] }

  /// The address that a profile's `services` section gives for a service.
  func serviceEndpoint(_ service: String) -> String? {
    self["services"].flatMap { config.sections["services \($0)"]?["\(service).endpoint_url"] }
  }
}
