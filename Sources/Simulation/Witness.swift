import Basics
import Coordination
import Documents
import Hashing
import History
import ObjectStore
import Stages

/// Sees everything that lands in the store, and looks at once whether it may.
final class Witness: StoreInFront, @unchecked Sendable {
  unowned let world: World
  let base: any ObjectStore
  /// The newest entry of each feed.
  private(set) var newest: [String: (head: Head, sha256: String)] = [:]
  private(set) var pointers: [String: Pointer] = [:]
  /// What there was, for whoever is to be believed what was seen.
  private(set) var past = Past()
  /// Every key that was ever written, and when it was first.
  private(set) var written: [String: Instant] = [:]
  /// Every content of what is replaced.
  private var contents: Set<String> = []

  init(_ world: World) {
    self.world = world
    base = world.memory
  }

  func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    CommitInFront(try base.create(key, if: condition)) { [self] (writer) throws(StoreError) in
      let written = try writer.commit()
      landed(key)
      return written
    }
  }
  func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    try base.delete(key, ifVersion: version)
    removed(key.description)
  }
  func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    guard isLagging else { return try base.list(prefix: prefix, after: after, limit: limit) }
    let all = try base.list(prefix: prefix, after: after, limit: .max).entries.filter {
      isListed($0.key.description)
    }
    return ListPage(entries: Array(all.prefix(limit)), more: all.count > limit)
  }

  /// Whether listings lag behind what is there now: as no store of today does, and as functions need not rely on.
  var isLagging: Bool { world.plan.listingLag > 0 && !(world.director is Calm) }

  /// Whether a listing that lags shows an object yet: each takes a time of its own.
  private func isListed(_ key: String) -> Bool {
    guard let since = written[key] else { return true }
    let lag = Double(key.utf8.reduce(7) { ($0 &* 31 &+ Int($1)) % 1009 } % (world.plan.listingLag + 1))
    return world.time.seconds(since: since) >= lag
  }

  /// When an object was first written.
  func since(_ key: String) -> Instant? { written[key] }

  /// The bytes of an object, if it is there.
  func bytes(_ feed: String, _ path: String) -> [UInt8]? {
    guard let key = try? ObjectKey("\(feed)/\(path)") else { return nil }
    return try? base.get(key).bytes
  }

  /// An object has just appeared or been replaced.
  private func landed(_ key: ObjectKey) {
    let parts = key.description.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2, let bytes = try? base.get(key).bytes else { return }
    let (feed, path) = (parts[0], parts[1])
    let isFirst = written[key.description] == nil
    if isFirst { written[key.description] = world.time }
    if !Self.mayBeReplaced(path) {
      world.expect(isFirst, .writtenOnce, "\(key) was written again")
    } else if ["head.json", "lock.json", "published/pointer.json"].contains(path) {
      let isFresh = contents.insert("\(key) \(hex(SHA256.digest(bytes)))").inserted
      world.expect(isFresh, .freshBytes, "\(key) has the bytes of an earlier version")
    }
    switch path {
    case "head.json": headMoved(feed, bytes)
    case "lock.json": lockChanged(feed, bytes)
    case "published/pointer.json": pointerMoved(feed, bytes)
    default:
      if path.hasPrefix("runs/") {
        answered(feed, bytes, path)
      } else if isFirst, let process = world.landing {
        past.writers["\(feed)/\(path)"] = process
      }
    }
  }

  static func mayBeReplaced(_ path: String) -> Bool {
    path == "head.json" || path == "lock.json"
      || path.hasPrefix("published/") && !path.hasPrefix("published/parts/")
        && !path.hasPrefix("published/closed/")
  }

  private func removed(_ key: String) {
    let parts = key.split(separator: "/", maxSplits: 1).map(String.init)
    let isPart = parts[1].hasPrefix("published/parts/") || parts[1].hasPrefix("published/closed/")
    world.expect(
      isPart || parts[1].hasPrefix("published/") && parts[1] != "published/pointer.json", .writtenOnce,
      "\(key) was removed")
    guard let pointer = pointers[parts[0]] else { return }
    let named = pointer.currentObjects.union(pointer.closed.map(\.object))
    world.expect(!named.contains(parts[1]), .pointerForward, "\(key), which the pointer names, was removed")
  }

  private func headMoved(_ feed: String, _ bytes: [UInt8]) {
    guard let head = decode(Head.self, bytes, "\(feed)/head.json", .oneChain) else { return }
    let sha256 = hex(SHA256.digest(bytes))
    let before = newest[feed]
    newest[feed] = (head, sha256)
    world.note("entry \(head.seq) of \(feed) is the newest: run \(head.run)", world.landing)
    if let process = world.landing, process.name == "correct" {
      world.feeds.first { $0.name == feed }?.corrections[head.run] = process.settings
    }
    world.expect(
      self.bytes(feed, head.object) == bytes, .durableFirst,
      "\(feed)/head.json moved, but \(head.object) is not there, or says something else")
    checkEntry(head, feed, sha256, before)
  }

  private func lockChanged(_ feed: String, _ bytes: [UInt8]) {
    guard let lock = decode(LockDocument.self, bytes, "\(feed)/lock.json", .growingToken) else { return }
    defer { past.locks[feed, default: []].append((lock, world.time)) }
    guard let (last, since) = past.locks[feed]?.last else { return }
    let place = "\(feed)/lock.json, token \(last.token) of run \(last.run) \(last.state.rawValue)"
    if lock.holder == last.holder || lock.token == last.token {
      world.expect(
        lock.token == last.token && last.state == .held, .growingToken,
        "\(place): replaced by token \(lock.token) \(lock.state.rawValue)")
      return
    }
    world.expect(lock.token > last.token, .growingToken, "\(place): token \(lock.token) came after it")
    let age = world.time.seconds(since: since)
    let isLiving =
      switch last.state {
      case .held: age <= last.lease && self.bytes(feed, "runs/\(last.run)/\(last.stage).json") == nil
      case .waiting: age <= 60 && lock.run != last.run
      case .stopped, .released: false
      }
    world.expect(
      !isLiving, .livingHolder,
      "\(place), stage \(last.stage), \(age) s ago: taken over by run \(lock.run), stage \(lock.stage)")
  }

  private func pointerMoved(_ feed: String, _ bytes: [UInt8]) {
    guard let pointer = decode(Pointer.self, bytes, "\(feed)/published/pointer.json", .pointerForward) else {
      return
    }
    let last = pointers[feed]
    pointers[feed] = pointer
    let seq = newest[feed]?.head.seq ?? 0
    world.note("entry \(pointer.seq) of \(feed) is published", world.landing)
    world.expect(
      pointer.seq >= last?.seq ?? 0, .pointerForward,
      "\(feed): from entry \(last?.seq ?? 0) back to entry \(pointer.seq)")
    world.expect(
      pointer.seq <= seq, .pointerForward, "\(feed): entry \(pointer.seq) is published, there are \(seq)")
    for part in pointer.current + pointer.closed {
      let there = self.bytes(feed, part.object)
      world.expect(
        there?.count == part.bytes && there?.count { $0 == 10 } == part.rows, .pointerForward,
        "\(feed): the pointer of entry \(pointer.seq) names \(part.object), which is not there or not that")
      if let layout = part.layout {
        let all = self.bytes(feed, layout.object) ?? []
        let end = layout.offset + layout.bytes
        world.expect(
          end <= all.count && hex(SHA256.digest(Array(all[layout.offset..<end]))) == layout.sha256,
          .pointerForward,
          "\(feed): the pointer of entry \(pointer.seq) names \(layout.object), which is not there or not that"
        )
      }
    }
    for path in [pointer.currentFile?.object].compactMap({ $0 }) + (pointer.companions ?? [:]).keys.sorted() {
      world.expect(self.bytes(feed, path) != nil, .pointerForward, "\(feed): \(path) is not there")
    }
  }

  private func answered(_ feed: String, _ bytes: [UInt8], _ path: String) {
    past.answers[feed, default: []].append((path, world.time, past.locks[feed]?.count ?? 0))
    guard path.hasSuffix("/fetch.json"), let process = world.landing,
      let event = decode(RunEvent.self, bytes, "\(feed)/\(path)", .nothingLost)
    else { return }
    let base = event.data.base?.seq ?? 0
    world.expect(
      base >= process.seqAtStart, .newestBase,
      "\(feed)/\(path) builds on entry \(base); \(process.seqAtStart) was the newest when its process began")
    world.feeds.first { $0.name == feed }?.taken[event.data.run] = process.given.map {
      ($0, process.settings ?? "")
    }
  }

  private func decode<T: Decodable>(
    _ type: T.Type, _ bytes: [UInt8], _ name: String, _ invariant: Violation.Invariant
  ) -> T? {
    do { return try Documents.decode(type, from: bytes, name: name) } catch {
      world.violates(invariant, error.message)
      return nil
    }
  }
}

/// What there was, in the order in which it came.
struct Past {
  /// What each feed's lock said, since when.
  var locks: [String: [(document: LockDocument, written: Instant)]] = [:]
  /// The answers of each feed's runs: their paths, since when they are there, and how often the lock was written before.
  var answers: [String: [(path: String, since: Instant, locks: Int)]] = [:]
  /// Who wrote an object.
  var writers: [String: Process] = [:]
}
