package import Basics
import CloudStore

/// What a request is allowed with for about an hour. Printing it shows nothing of it.
package struct AccessToken: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  let value: String
  /// By this machine's clock: it is counted from when it came.
  let expiry: Instant

  package var description: String { "AccessToken(***)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

extension AccessToken: LentSecret {
  package var end: Instant? { expiry }
}

/// Somewhere that tokens come from.
typealias TokenSource = SecretSource<AccessToken>

typealias TokenKeeper = SecretKeeper<AccessToken>

extension TokenKeeper {
  convenience init(_ source: any TokenSource, log: any Log) {
    // Not earlier: metadata servers hand out the same token until a few minutes before its end. What is over by this clock
    // is for the service to judge.
    self.init(source, early: 200, pause: 20, refusesEnded: false, log: log)
  }
}
