import Basics
import FeedFile
import HTTP

/// Connects to a Redis server, and finds out about one that speaks no TLS: it waits for the end of a line, which the
/// beginning of TLS does not have, and so says nothing at all.
struct RedisWire {
  /// For how many seconds a server may be silent before it is looked whether it speaks TLS.
  private static let silence = 5.0
  private static let look = 2.0

  let address: RedisAddress
  let request: DatabaseRequest
  let name: String
  let clock: any Basics.Clock

  /// The connection.
  /// - Throws: ``Failure/Kind/settings`` if the server is a Redis that speaks no TLS.
  func open() throws(Failure) -> Wire {
    let limit = request.limits.connect
    guard address.isSecure else { return try connect(isSecure: false, limit) }
    let start = clock.seconds()
    let first: Failure
    do { return try connect(isSecure: true, min(Self.silence, limit)) } catch { first = error }
    guard first.kind == .unavailable else { throw first }
    let isSilent = clock.seconds() - start >= min(Self.silence, limit) * 0.9
    if speaksPlainly() {
      throw Failure(
        .settings, "\(name) does not speak TLS: write redis:// in source.url, or the port at which it does")
    }
    // It may only be slow.
    let left = limit - (clock.seconds() - start)
    guard isSilent, left > 0.1 else { throw first }
    return try connect(isSecure: true, left)
  }

  private func connect(isSecure: Bool, _ seconds: Double) throws(Failure) -> Wire {
    do {
      return try Wire(
        name, host: address.host, port: address.port, isSecure: isSecure, identity: request.identity,
        settings: request.settings, seconds: seconds)
    } catch {
      throw Failure(database: error)
    }
  }

  /// Whether the server answers as Redis does without TLS, whatever that has to say to somebody it does not know.
  private func speaksPlainly() -> Bool {
    do {
      let wire = try connect(isSecure: false, min(Self.look, request.limits.connect))
      var bytes = ByteBuffer(capacity: 64)
      bytes.append("PING\r\n")
      try unsafe wire.send(bytes.bytes, within: Self.look)
      bytes.truncate()
      _ = try unsafe bytes.append(atMost: 16) { (room) throws(HTTPError) in
        try unsafe wire.receive(into: room, within: Self.look)
      }
      return bytes.array().first.map { "+-".utf8.contains($0) } ?? false
    } catch {
      return false
    }
  }
}
