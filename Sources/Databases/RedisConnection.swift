import Basics
import FeedFile
import HTTP

/// A connection to a Redis server: commands go out, answers come in, in the same order (RESP 2).
final class RedisConnection {
  /// A reply longer than this is given up: no record may be as long.
  static let longest = 17 << 20
  /// hiredis moves what is left after each reply, so it is fed little at once.
  private static let piece = 16 << 10

  let name: String
  private let wire: Wire
  private let reader: RedisReader
  private let request: DatabaseRequest
  private let clock: any Basics.Clock
  private let deadline: Instant?
  private var commands = ByteBuffer(capacity: 64 << 10)
  private var came = ByteBuffer(capacity: 64 << 10)
  private var taken = 0
  private var pending = 0

  var receivedBytes: Int { wire.receivedBytes }

  /// Connects, and says who asks.
  /// - Parameter deadline: when the whole read has to be over.
  init(_ request: DatabaseRequest, _ clock: any Basics.Clock, deadline: Instant?) throws(Failure) {
    guard let address = RedisAddress(url: request.url) else {
      throw Failure(.settings, "\(masked(url: request.url)) is no address of a Redis database")
    }
    name = masked(url: request.url)
    self.request = request
    self.clock = clock
    self.deadline = deadline
    reader = try RedisReader()
    wire = try RedisWire(address: address, request: request, name: name, clock: clock).open()
    try greet()
    if address.database > 0 {
      try RedisProblems.check(try ask(["SELECT", String(address.database)]), "SELECT", name)
    }
  }

  private func greet() throws(Failure) {
    var words = ["HELLO", "2"]
    if let account = request.account {
      words += ["AUTH", account.user.isEmpty ? "default" : account.user, account.password]
    }
    let answer = try ask(words + ["SETNAME", "strandline"])
    // A server before 6.0, or something that stands before one.
    if answer.kind == .error, answer.text.hasPrefix("ERR unknown command") {
      if let account = request.account {
        let user = account.user.isEmpty ? [] : [account.user]
        try RedisProblems.check(try ask(["AUTH"] + user + [account.password]), "AUTH", name)
      }
      // Whoever may not ask that is not asked for more.
      if try ask(["INFO", "cluster"]).text.contains("cluster_enabled:1") { throw partOfACluster() }
      return
    }
    try RedisProblems.check(answer, "HELLO", name)
    for index in stride(from: 0, to: answer.count - 1, by: 2) where answer[index]?.text == "mode" {
      if answer[index + 1]?.text == "cluster" { throw partOfACluster() }
    }
  }

  private func partOfACluster() -> Failure {
    Failure(
      .settings,
      "\(name) is a node of a Redis Cluster and has only a part of the keys, which is not taken for a whole dump: read a "
        + "server that is no cluster")
  }

  /// Adds a command to what is sent next.
  func add(_ words: [String]) {
    begin(words.count)
    for var word in words { word.withUTF8 { unsafe add(word: UnsafeRawBufferPointer($0)) } }
  }

  /// Adds a command of a key.
  func add(_ command: String, _ key: UnsafeRawBufferPointer) {
    begin(2)
    var command = command
    command.withUTF8 { unsafe add(word: UnsafeRawBufferPointer($0)) }
    unsafe add(word: key)
  }

  private func begin(_ words: Int) {
    commands.append(UInt8(ascii: "*"))
    commands.append(String(words))
    commands.append("\r\n")
  }

  private func add(word: UnsafeRawBufferPointer) {
    commands.append(UInt8(ascii: "$"))
    commands.append(String(word.count))
    commands.append("\r\n")
    unsafe commands.append(word)
    commands.append("\r\n")
  }

  /// Sends what was added.
  func send() throws(Failure) {
    do { try unsafe wire.send(commands.bytes, within: try patience()) } catch let error as HTTPError {
      throw brokenOff(error)
    } catch {
      throw error as? Failure ?? Failure(.software, "\(error)")
    }
    commands.truncate()
  }

  /// Sends one command and waits for its answer.
  func ask(_ words: [String]) throws(Failure) -> RedisReply {
    add(words)
    try send()
    return try reply()
  }

  /// The next answer.
  /// - Throws: ``Failure/Kind/badData`` for an answer that is too long; the connection is of no more use then.
  func reply() throws(Failure) -> RedisReply {
    while true {
      switch reader.next() {
      case .some(let reply?):
        pending = 0
        return reply
      case .some(nil): throw notRedis()
      case nil: break
      }
      guard pending <= Self.longest else { throw Failure(.badData, "\(name): an answer is too long") }
      if taken == came.count { try receive() }
      let piece = min(Self.piece, came.count - taken)
      guard unsafe reader.feed(UnsafeRawBufferPointer(rebasing: came.bytes[taken..<taken + piece])) else {
        throw notRedis()
      }
      taken += piece
      pending += piece
    }
  }

  private func receive() throws(Failure) {
    came.truncate()
    taken = 0
    let seconds = try patience()
    let wire = wire
    let count: Int
    do {
      count = try unsafe came.append(atMost: 64 << 10) { (room) throws(HTTPError) in
        try unsafe wire.receive(into: room, within: seconds)
      }
    } catch {
      if let late = late() { throw late }
      throw brokenOff(error)
    }
    guard count > 0 else {
      let isNew = wire.receivedBytes == 0
      throw Failure(
        .unavailable,
        isNew
          ? "\(name) closed the connection without an answer\(guess)"
          : "\(name) closed the connection after \(wire.receivedBytes) bytes: nothing of the dump is kept")
    }
  }

  private func brokenOff(_ error: HTTPError) -> Failure {
    var failure = Failure(database: error)
    if wire.receivedBytes == 0, error.kind == .truncated { failure.message += guess }
    return failure
  }

  /// Why a server may hang up before it has said anything.
  private var guess: String {
    if !request.url.hasPrefix("rediss:") { return ": perhaps it speaks TLS, as rediss:// does" }
    // It says so, but whoever writes first may not come to hear it.
    return request.identity.certificate == nil ? ": perhaps it wants a client's certificate (source.tls)" : ""
  }

  private func notRedis() -> Failure {
    Failure(
      .settings,
      "\(name) does not speak as a Redis server does (\(reader.problem)): check the address, and whether it is rediss://"
    )
  }

  /// How long nothing may come: what is left of the whole, at most the time of a slow server.
  private func patience() throws(Failure) -> Double {
    if let late = late() { throw late }
    let left = deadline.map { $0.seconds(since: clock.now()) } ?? .infinity
    let slow =
      request.limits.slow > 0 && request.limits.slowBytesPerSecond > 0 ? request.limits.slow : .infinity
    return max(0.001, min(left, slow, 1e6))
  }

  private func late() -> Failure? {
    // Waiting may end a little before the clock says so.
    guard let deadline, deadline.seconds(since: clock.now()) <= 0.01 else { return nil }
    return Failure(
      .unavailable, "\(name): the read took longer than \(Int(request.limits.total)) s (source.timeout)")
  }
}
