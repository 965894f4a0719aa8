public import Basics

/// Who asks. Printing it shows nothing of it.
public struct S3Credentials: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The access key's id.
  public var accessKey: String
  /// The access key's secret.
  public var secretKey: String
  /// The token of credentials that are lent for some time.
  public var sessionToken: String?
  /// When they end; nil for never.
  public var expiry: Instant?

  /// Puts them together.
  public init(accessKey: String, secretKey: String, sessionToken: String? = nil, expiry: Instant? = nil) {
    self.accessKey = accessKey
    self.secretKey = secretKey
    self.sessionToken = sessionToken
    self.expiry = expiry
  }

  public var description: String { "S3Credentials(***)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// What a service said, as one line, without anything of these credentials in it.
  func withoutSecrets(_ text: String) -> String {
    var text = text
    for secret in [secretKey, sessionToken ?? ""] where secret.utf8.count >= 4 {
      text = text.replacing(secret, with: "***")
    }
    let line = text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : Character($0) }
    return String(line.prefix(300))
  }
}
