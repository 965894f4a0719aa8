import Basics
import Coordination
import FeedFile
import FeedSources
import Hashing
import History
import Synchronization

/// Leaves a feed's source in peace: decides whether a run may read it, watches what comes of that, and says so to whoever
/// comes next. What is decided is in ``PeaceTerms``; this brings time, lock and source together.
final class PeaceKeeper: Sendable {
  private enum Read {
    case none, begun, well
    case failed(Failure.Cause?)
  }

  private struct Known {
    var pause: Pause?
    var hasWaited = false
    /// Whether the lock is needed although nothing is read.
    var mustWork = false
    var read = Read.none
    /// Whether the source may have been asked.
    var hasAsked = false
    /// Whether reading ended because the lease could not be kept, which is no fault of the source.
    var isOurs = false
  }

  /// The name of the feed's settings.
  let settings: String
  private let context: StageContext
  private let isOwnSource: Bool
  private let insists: Bool
  private let terms: PeaceTerms
  private let delay: Double
  private let asking: String
  private let secrets: [UInt8]
  private let proxySecrets: [UInt8]
  private let showsCredentials: Bool
  private let known = Mutex(Known())

  init(_ context: StageContext, _ request: FetchStage.Request, _ settings: String) {
    self.context = context
    self.settings = settings
    isOwnSource = request.isOwnSource
    insists = request.insists
    terms = request.feed.peaceTerms(zone: request.source.zone)
    delay = insists ? 0 : min(request.feed.delay, max(0, request.longestDelay))
    asking = settingsName(request.feed.askingJSON())
    secrets = request.source.secrets.bytes
    proxySecrets = request.source.proxySecrets.bytes
    showsCredentials = !secrets.isEmpty || !proxySecrets.isEmpty
  }

  /// Why the source is left alone; nil if it may be read.
  var pause: Pause? { known.withLock { $0.pause } }

  /// Whether the lock is to be taken although nothing is read.
  func mustWork(if isBehind: Bool?) -> Bool {
    known.withLock { known in
      known.mustWork = isBehind ?? false
      return known.mustWork
    }
  }

  /// What is to be done by what the lock says.
  func purpose(_ before: LockDocument?, _ now: Instant) -> Lock.Purpose {
    guard isOwnSource else { return .work }
    let salt = before?.peace?.salt
    let question = PeaceQuestion(
      settings: settings, login: login(salt, at: now), proxy: proxy(salt, at: now),
      showsCredentials: showsCredentials, insists: insists)
    let pause = terms.hold(question, before, at: now)
    return known.withLock { known in
      known.pause = pause
      if pause != nil { return known.mustWork ? .work : .leave }
      if delay > 0, !known.hasWaited {
        known.hasWaited = true
        return .wait(seconds: delay)
      }
      var peace = before?.peace ?? Peace()
      peace.begin(at: now, showing: showsCredentials, terms)
      return .read(Lock.Reading(settings: settings, interval: interval, peace: peace))
    }
  }

  /// With which login the source is asked. Of the secrets only 16 bits of a digest are kept: enough to see that they were
  /// changed, and too little to find out by the store what they are.
  private func login(_ salt: String?, at time: Instant) -> Peace.Refusal {
    Peace.Refusal(asking: asking, secrets: digest(secrets, salt), since: time)
  }

  /// With which login a proxy is asked, if it has one.
  private func proxy(_ salt: String?, at time: Instant) -> Peace.Refusal? {
    proxySecrets.isEmpty
      ? nil : Peace.Refusal(asking: "proxy", secrets: digest(proxySecrets, salt), since: time)
  }

  private func digest(_ secrets: [UInt8], _ salt: String?) -> String {
    salt.map { String(hex(SHA256.hmac(secrets, key: Array($0.utf8))).prefix(4)) } ?? ""
  }

  private var interval: Double? { terms.interval > 0 ? terms.interval : nil }

  /// Opens the source, under a lease that has to last as long as it is read.
  func open(
    _ given: SourceRequest, _ lease: Lease,
    _ open: (SourceRequest) throws(Failure) -> Opened
  ) throws(Failure) -> Opened {
    guard isOwnSource else { return try open(given) }
    try lease.keep()
    // Not when the lock was taken: looking at history may have taken a while.
    try lease.noteRead(at: context.folder.now(), settings: settings, interval: interval)
    known.withLock { $0.read = .begun }
    var source = given
    source.mayAsk = { () throws(Failure) in
      do throws(Failure) { try lease.keep() } catch {
        self.known.withLock { $0.isOurs = true }
        throw error
      }
      self.known.withLock { $0.hasAsked = true }
    }
    do throws(Failure) {
      switch try open(source) {
      case .unchanged(let etag, let lastModified):
        known.withLock { $0.read = .well }
        return .unchanged(etag: etag, lastModified: lastModified)
      case .body(let body):
        if body.hasLoggedIn { accept(lease) }
        return .body(
          WatchedBody(body, lease, onFirst: { self.accept(lease) }, onEnd: { self.note($0) }))
      }
    } catch {
      note(error)
      throw error
    }
  }

  /// The source failed, or nil: it came to its end.
  private func note(_ failure: Failure?) {
    known.withLock { known in
      if failure != nil, known.isOurs { return }
      known.read = failure.map { .failed($0.cause) } ?? .well
    }
  }

  /// The source has begun to answer, so it took the credentials. What is written next says so; if it was in doubt before,
  /// that is at once, so that it is not in doubt again if this process dies.
  private func accept(_ lease: Lease) {
    var peace = lease.peace
    guard let doubts = peace.doubts else { return }
    peace.accept()
    lease.note(peace)
    // Whether the lease is still this one's, the next look at it tells.
    if doubts > 1 { try? lease.renew() }
  }

  /// Says what came of a read to whoever comes next: with the next write of the lock.
  func note(in lease: Lease) {
    let known = known.withLock { known in
      defer { known.read = .none }
      return known
    }
    var peace = lease.peace
    let end: Peace.End
    switch known.read {
    case .none: return
    case .begun:
      end = .unknown
      if known.isOurs, !known.hasAsked { peace.takeBack() }
    case .well: end = .well
    // Without credentials of its own a proxy has no account that could be locked: that is for the breaker.
    case .failed(.refusedProxy) where proxySecrets.isEmpty: end = .failed(nil)
    case .failed(let cause): end = .failed(cause)
    }
    // From the first login on that did well, so that it is known for good once others are refused.
    if showsCredentials, peace.salt == nil {
      peace.salt = hex(context.randomness.bytes(16))
    }
    let now = (try? context.folder.now()) ?? lease.lastRead ?? Instant(seconds: 0)
    peace.end(end, at: now, login(peace.salt, at: now), proxy: proxy(peace.salt, at: now), terms)
    lease.note(peace)
  }

  /// Hands a lease back after a read that failed. If the source refused who asked, the store has to know that, or the same
  /// login is tried again: so it is told again and again, for as long as it may be away for a moment.
  func handBack(_ lease: Lease, _ giveUp: () throws(Failure) -> Void) throws(Failure) {
    note(in: lease)
    for wait in Self.waits where lease.peace.isRefused {
      do throws(Failure) { return try giveUp() } catch {
        guard error.kind == .unavailable else { throw error }
        context.log.warning("that the credentials were refused is not in the store yet: \(error.message)")
        context.clock.sleep(seconds: wait)
      }
    }
    try giveUp()
  }

  /// Seconds between two tries to say that a login was refused.
  private static let waits = [0.5, 1, 2, 4, 8]
}

extension StageContext {
  /// A run whose fetch has answered has read its source well, even if the lock does not say so yet.
  func noteReadWell(_ lease: Lease) {
    var peace = lease.peace
    guard peace.reading == lease.run else { return }
    peace.succeed()
    lease.note(peace)
  }
}

extension Feed {
  /// How long a run waits before it reads, in seconds: the same each time, so that the time between reads stays as it is.
  var delay: Double {
    let most = UInt64(max(0, source.peace.jitter.components.seconds)) * 1000
    guard most > 0 else { return 0 }
    let digest = SHA256.digest(Array(name.utf8)).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Double(digest % most) / 1000
  }

  /// The rules of its source's peace.
  func peaceTerms(zone: ZoneRules) -> PeaceTerms {
    PeaceTerms(
      interval: minInterval.wholeSeconds, failures: source.peace.breaker.failures,
      pause: source.peace.breaker.pause.wholeSeconds, longest: source.peace.breaker.longest.wholeSeconds,
      hours: source.peace.hours, zone: zone)
  }
}
