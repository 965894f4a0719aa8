import Basics
import FeedFile
import HTTP

/// The keys and values of a Redis database as JSON Lines, in the order of the keys' bytes.
///
/// All names are found first (`SCAN`), then the values are fetched, some hundred keys at a time, while the next ones are
/// asked for already. Memory: the names of ``SortedNames``, a reply, a line.
final class RedisDump: DatabaseReader {
  /// Keys that are asked for at once.
  private static let batch = 256

  private final class Batch {
    var names = ByteBuffer(capacity: 16 << 10)
    var ends: [Int] = []
    var kinds: [RedisValue.Kind] = []
    var done = 0

    func name(_ index: Int) -> UnsafeRawBufferPointer {
      unsafe UnsafeRawBufferPointer(rebasing: names.bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
    }
  }

  private let request: DatabaseRequest
  private let what: Source.Redis
  private let clock: any Basics.Clock
  private let deadline: Instant?
  private let value: RedisValue
  private var main: RedisConnection
  /// For what is asked while answers of the other are still to come.
  private var aside: RedisConnection?
  private var names: SortedNames
  private var hasNames = false
  private var current: Batch?
  private var following: Batch?
  private var earlierBytes = 0

  var name: String { main.name }
  var receivedBytes: Int { earlierBytes + main.receivedBytes + (aside?.receivedBytes ?? 0) }

  init(_ request: DatabaseRequest, _ what: Source.Redis, _ clock: any Basics.Clock) throws(Failure) {
    self.request = request
    self.what = what
    self.clock = clock
    let total = request.limits.total
    deadline = total > 0 ? clock.now().advanced(bySeconds: total) : nil
    value = RedisValue(what)
    names = SortedNames(limit: request.memory, folder: request.scratch)
    main = try RedisConnection(request, clock, deadline: deadline)
  }

  func read(into lines: inout ByteBuffer) throws(Failure) -> Bool {
    if !hasNames {
      try scan()
      hasNames = true
      current = try ask()
      following = try ask()
    }
    guard let batch = current else { return false }
    let start = lines.count
    while batch.done < batch.ends.count, lines.count - start < 64 << 10 {
      try take(batch, &lines)
      batch.done += 1
    }
    if batch.done == batch.ends.count {
      current = following
      following = try ask()
    }
    return true
  }

  /// Finds the names, as often as the feed file says: what one scan misses another may find.
  private func scan() throws(Failure) {
    for _ in 0..<what.scans {
      var cursor = "0"
      repeat {
        var words = ["SCAN", cursor]
        if let match = what.match { words += ["MATCH", match] }
        let reply = try main.ask(words + ["COUNT", String(what.count)])
        try RedisProblems.check(reply, "SCAN", name)
        guard reply.count == 2, let position = reply[0], let found = reply[1], found.kind == .array else {
          throw Failure(.settings, "\(name) answered SCAN with something else than a cursor and keys")
        }
        for index in 0..<found.count {
          if let key = found[index] { try unsafe names.add(key.bytes) }
        }
        cursor = position.text
      } while cursor != "0"
    }
    try names.finish()
  }

  /// Asks for the values of the next names; nil if there are none.
  private func ask() throws(Failure) -> Batch? {
    let batch = Batch()
    while batch.ends.count < Self.batch, try names.take(&batch.names) { batch.ends.append(batch.names.count) }
    if batch.ends.isEmpty { return nil }
    try findKinds(batch)
    try send(batch)
    return batch
  }

  private func findKinds(_ batch: Batch) throws(Failure) {
    guard what.values == .auto else {
      batch.kinds = Array(repeating: value.kind, count: batch.ends.count)
      return try findWidths(batch)
    }
    let connection = try looking()
    for index in batch.ends.indices { unsafe connection.add("TYPE", batch.name(index)) }
    try connection.send()
    for _ in batch.ends.indices {
      let reply = try connection.reply()
      try RedisProblems.check(reply, "TYPE", name)
      batch.kinds.append(RedisValue.Kind(type: reply.text))
    }
    try findWidths(batch)
  }

  /// Leaves out hashes of too many fields before they are asked for.
  private func findWidths(_ batch: Batch) throws(Failure) {
    let hashes = batch.ends.indices.filter { batch.kinds[$0] == .hash }
    if hashes.isEmpty { return }
    let connection = try looking()
    for index in hashes { unsafe connection.add("HLEN", batch.name(index)) }
    try connection.send()
    for index in hashes {
      // What is no hash is told by whoever asks for it.
      let fields = try connection.reply().integer
      if fields > RedisValue.Kind.mostFields { batch.kinds[index] = .wide(fields) }
    }
  }

  private func send(_ batch: Batch) throws(Failure) {
    for index in batch.done..<batch.ends.count {
      if let command = batch.kinds[index].command { unsafe main.add(command, batch.name(index)) }
    }
    try main.send()
  }

  /// Takes the answer of the batch's next key.
  private func take(_ batch: Batch, _ lines: inout ByteBuffer) throws(Failure) {
    let index = batch.done
    let kind = batch.kinds[index]
    guard kind.command != nil else {
      if kind == .gone { return try unsafe lookAgain(batch.name(index), &lines) }
      return unsafe value.refuse(batch.name(index), kind.refusal, &lines)
    }
    do throws(Failure) {
      let reply = try main.reply()
      if try unsafe !value.write(batch.name(index), kind, reply, &lines, name) {
        try unsafe lookAgain(batch.name(index), &lines)
      }
    } catch {
      guard error.kind == .badData else { throw error }
      unsafe value.refuse(batch.name(index), RedisValue.tooLong, &lines)
      try startAnew(batch, after: index)
    }
  }

  /// What a scan saw and a fetch did not may have been written anew meanwhile: it is gone if a second look says so.
  private func lookAgain(_ key: UnsafeRawBufferPointer, _ lines: inout ByteBuffer) throws(Failure) {
    do throws(Failure) {
      let connection = try looking()
      var kind = value.kind
      if what.values == .auto {
        unsafe connection.add("TYPE", key)
        try connection.send()
        let reply = try connection.reply()
        try RedisProblems.check(reply, "TYPE", name)
        kind = RedisValue.Kind(type: reply.text)
      }
      guard let command = kind.command else {
        if kind != .gone { unsafe value.refuse(key, kind.refusal, &lines) }
        return
      }
      unsafe connection.add(command, key)
      try connection.send()
      _ = try unsafe value.write(key, kind, connection.reply(), &lines, name)
    } catch {
      guard error.kind == .badData else { throw error }
      unsafe value.refuse(key, RedisValue.tooLong, &lines)
      earlierBytes += aside?.receivedBytes ?? 0
      aside = nil
    }
  }

  /// Within an answer that is too long there is no way on: what was asked after it is asked again.
  private func startAnew(_ batch: Batch, after index: Int) throws(Failure) {
    earlierBytes += main.receivedBytes
    main = try RedisConnection(request, clock, deadline: deadline)
    batch.done = index + 1
    try send(batch)
    batch.done = index
    if let following { try send(following) }
  }

  private func looking() throws(Failure) -> RedisConnection {
    if let aside { return aside }
    let connection = try RedisConnection(request, clock, deadline: deadline)
    aside = connection
    return connection
  }
}
