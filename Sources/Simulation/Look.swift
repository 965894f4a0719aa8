import Basics
import Coordination
import Documents
import History
import ObjectStore
import Stages

/// What there was when somebody began to look at a feed: what they tell must have been so at some time since.
struct Look {
  private let feed: String
  private let world: World
  private let begun: Instant
  private let locks: Int
  private let answers: Int
  private let newest: Int
  private let published: Int
  private let isLagging: Bool

  init(_ feed: String, _ world: World) {
    self.feed = feed
    self.world = world
    let witness: Witness = world.witness
    begun = world.time
    locks = witness.past.locks[feed]?.count ?? 0
    answers = witness.past.answers[feed]?.count ?? 0
    newest = witness.newest[feed]?.head.seq ?? 0
    published = witness.pointers[feed]?.seq ?? 0
    isLagging = witness.isLagging
  }

  /// A list of runs has all that had answered already.
  func check(runs: Set<String>) {
    for (path, since, _) in (world.witness.past.answers[feed] ?? []).prefix(answers) {
      let run = String(path.split(separator: "/")[1])
      let isYoung = isLagging && begun.seconds(since: since) <= Double(world.plan.listingLag)
      world.expect(isYoung || runs.contains(run), .listed, "\(feed): run \(run) is not listed")
    }
  }

  /// What an audit tells was so, and what is to be told is.
  func check(_ status: FeedStatus) {
    for finding in status.findings {
      world.count("audit: \(finding.kind.rawValue)")
      world.expect(
        isTrue(finding) || isLagging && isOfLate(finding), .told,
        "\(feed): it was not so: \(finding.kind.rawValue) \(finding.object ?? finding.run ?? ""): \(finding.message)"
      )
    }
    checkComplete(status)
  }

  /// What the lock said since then, each with the time at which it was written.
  private var held: ArraySlice<(document: LockDocument, written: Instant)> {
    (world.witness.past.locks[feed] ?? [])[max(0, locks - 1)...]
  }

  private func isOver(_ lock: (document: LockDocument, written: Instant), at time: Instant) -> Bool {
    let age = time.seconds(since: lock.written)
    switch lock.document.state {
    case .released: return false
    case .stopped: return age > 0
    case .held, .waiting: return age > lock.document.lease
    }
  }

  private func isTrue(_ finding: Finding) -> Bool {
    let run = finding.run ?? ""
    let ofRun = held.filter { $0.document.run == run }
    switch finding.kind {
    case .stuckLock: return wasOver(run) { $0 == .held }
    case .unfinishedRun: return wasOver(run) { _ in true } || wasLeft(run)
    case .failed: return ofRun.contains { $0.document.state == .released && $0.document.trouble != nil }
    case .breakerOpen: return held.contains { $0.document.peace?.failures ?? 0 > 0 }
    case .heldOff:
      return held.contains { $0.document.peace?.asked != nil || $0.document.peace?.doubts != nil }
    case .loginRefused: return held.contains { $0.document.peace?.refusals.isEmpty == false }
    case .unpublished:
      return (published + 1...max(published + 1, world.witness.newest[feed]?.head.seq ?? 0)).contains {
        finding.message.hasPrefix("entry \($0) ")
      }
    case .refused:
      guard let event = event(of: run) else { return false }
      return event.data.outcome == .refused
        && !known.contains { path in
          // Who read the source before, lost the lock and answered all the same has seen nothing newer.
          guard let other = decode(path), other.time > event.time,
            other.data.validFrom >= event.data.validFrom
          else { return false }
          return [.published, .unchanged, .recorded].contains(other.data.outcome)
        }
    case .cutOff:
      // Whoever lost the lock may still be alive, which nobody can know.
      let isLost = held.last.map { $0.document.run != run || $0.document.state == .released } ?? true
      let isLeft = ["packs", "bases"].contains { folder in
        world.witness.past.writers.contains {
          $0.key.hasPrefix("\(feed)/\(folder)/\(run).") && (isLost || $0.value.isDead || $0.value.isOver)
        }
      }
      return isLeft && lastOutcome(of: run) == nil
    // Nothing of it ever is so in a store that nobody harmed.
    case .brokenChain, .missing, .damaged, .overdue, .stale: return false
    }
  }

  /// Whether a run's lock was over at some time since then: before it was written anew, that is.
  private func wasOver(_ run: String, _ isMeant: (LockDocument.State) -> Bool) -> Bool {
    held.indices.contains {
      let end = $0 + 1 < held.endIndex ? held[$0 + 1].written : world.time
      return held[$0].document.run == run && isMeant(held[$0].document.state) && isOver(held[$0], at: end)
    }
  }

  /// Whether at some time since then nobody was at work on a run whose last answer asks for another one. Who was taken for
  /// dead may answer while an audit looks, and a run that was at work may be given up.
  private func wasLeft(_ run: String) -> Bool {
    let locks = world.witness.past.locks[feed] ?? []
    let all = world.witness.past.answers[feed] ?? []
    // How often the lock was written so far; and meanwhile, how many answers there were.
    for number in self.locks...locks.count {
      if number > 0, locks[number - 1].document.run == run, locks[number - 1].document.state != .released {
        continue
      }
      let least = max(answers, all.count { $0.locks < number })
      for count in least...max(least, all.count { $0.locks <= number }) {
        let outcome = lastOutcome(of: run, among: all.prefix(count).map(\.path))
        if outcome == .fetched || outcome == .found { return true }
      }
    }
    return false
  }

  /// Whether what was told is of something that a listing need not have had yet.
  private func isOfLate(_ finding: Finding) -> Bool {
    let since = begun.advanced(bySeconds: -Double(world.plan.listingLag))
    switch finding.kind {
    case .unfinishedRun, .cutOff, .refused:
      return (world.witness.past.answers[feed] ?? []).contains { $0.since >= since }
    case .brokenChain, .missing:
      let object = (finding.object ?? "").prefix { $0 != "…" }
      return object.hasPrefix("heads/")
        && world.witness.written.contains { $0.key.hasPrefix("\(feed)/heads/") && $0.value >= since }
    case .stuckLock, .failed, .loginRefused, .breakerOpen, .heldOff, .unpublished, .damaged, .overdue, .stale:
      return false
    }
  }

  /// The answers that were there already.
  private var known: some Sequence<String> {
    (world.witness.past.answers[feed] ?? []).prefix(answers).lazy.map(\.path)
  }

  private func decode(_ path: String) -> RunEvent? {
    world.witness.bytes(feed, path).flatMap { try? Documents.decode(RunEvent.self, from: $0, name: path) }
  }

  private func lastOutcome(of run: String) -> Outcome? { lastOutcome(of: run, among: known) }

  private func lastOutcome(of run: String, among known: some Sequence<String>) -> Outcome? {
    for stage in Stage.allCases.reversed() {
      let path = "runs/\(run)/\(stage.rawValue).json"
      if known.contains(path) { return decode(path)?.data.outcome }
    }
    return nil
  }

  private func event(of run: String) -> RunEvent? {
    for stage in Stage.allCases.reversed() {
      if let event = decode("runs/\(run)/\(stage.rawValue).json") { return event }
    }
    return nil
  }

  /// What stood like this all the time, and is for the next run or a person to see to, is told.
  private func checkComplete(_ status: FeedStatus) {
    guard held.count <= 1, let lock = held.last, world.witness.newest[feed]?.head.seq ?? 0 == newest,
      world.witness.pointers[feed]?.seq ?? 0 == published
    else { return }
    let isLeft = isOver(lock, at: begun)
    world.expect(
      !isLeft || status.findings.contains { $0.run == lock.document.run }, .told,
      "\(feed): nothing is told of run \(lock.document.run), \(lock.document.state.rawValue) at "
        + "\(lock.document.stage), which nobody goes on with")
    world.expect(
      newest == published || !(isLeft || lock.document.state == .released)
        || status.findings.contains { $0.kind == .unpublished }, .told,
      "\(feed): nothing is told of entry \(newest), which readers do not see")
  }
}
