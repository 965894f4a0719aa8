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
    let question = PeaceQuestion(
      settings: settings, login: login(before?.peace?.salt, at: now), insists: insists)
    let pause = terms.hold(question, before, at: now)
    return known.withLock { known in
      known.pause = pause
      if pause != nil { return known.mustWork ? .work : .leave }
      if delay > 0, !known.hasWaited {
        known.hasWaited = true
        return .wait(seconds: delay)
      }
      var peace = before?.peace ?? Peace()
      peace.begin(by: settings, at: now, before, terms)
      return .read(Lock.Reading(settings: settings, peace: peace))
    }
  }

  /// With which login the source is asked. Of the secrets only 16 bits of a digest are kept: enough to see that they were
  /// changed, and too little to find out by the store what they are.
  private func login(_ salt: String?, at time: Instant) -> Peace.Refusal {
    let digest = salt.map { hex(SHA256.hmac(secrets, key: Array($0.utf8))).prefix(4) } ?? ""
    return Peace.Refusal(asking: asking, secrets: String(digest), since: time)
  }

  /// Opens the source, under a lease that has to last as long as it is read.
  func open(
    _ given: SourceRequest, _ lease: Lease,
    _ open: (SourceRequest) throws(Failure) -> Opened
  ) throws(Failure) -> Opened {
    guard isOwnSource else { return try open(given) }
    try lease.keep()
    // Not when the lock was taken: looking at history may have taken a while.
    try lease.noteRead(at: context.folder.now(), settings: settings)
    known.withLock { $0.read = .begun }
    var source = given
    source.mayAsk = { () throws(Failure) in try lease.keep() }
    do throws(Failure) {
      switch try open(source) {
      case .unchanged(let etag, let lastModified):
        known.withLock { $0.read = .well }
        return .unchanged(etag: etag, lastModified: lastModified)
      case .body(let body): return .body(WatchedBody(body, lease) { self.note($0) })
      }
    } catch {
      note(error)
      throw error
    }
  }

  /// The source failed, or nil: it came to its end.
  private func note(_ failure: Failure?) {
    known.withLock { $0.read = failure.map { .failed($0.cause) } ?? .well }
  }

  /// Says what came of a read to whoever comes next: with the next write of the lock.
  func note(in lease: Lease) {
    let read = known.withLock { $0.read }
    let end: Peace.End
    switch read {
    case .none: return
    case .begun: end = .unknown
    case .well: end = .well
    case .failed(let cause): end = .failed(cause)
    }
    known.withLock { $0.read = .none }
    var peace = lease.peace
    if case .failed(.refusedLogin) = end, peace.salt == nil { peace.salt = hex(context.randomness.bytes(16)) }
    let now = (try? context.folder.now()) ?? lease.lastRead ?? Instant(seconds: 0)
    peace.end(end, at: now, login(peace.salt, at: now), terms)
    lease.note(peace)
  }
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

/// A dump that is read only as long as nobody else may.
private final class WatchedBody: SourceBody {
  private let body: any SourceBody
  private let lease: Lease
  private let note: (Failure?) -> Void

  init(_ body: any SourceBody, _ lease: Lease, note: @escaping (Failure?) -> Void) {
    self.body = body
    self.lease = lease
    self.note = note
  }

  var expectedBytes: Int? { body.expectedBytes }
  var receivedBytes: Int { body.receivedBytes }
  var etag: String? { body.etag }
  var lastModified: String? { body.lastModified }
  var name: String { body.name }
  var complaint: String? { body.complaint }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    try lease.keep()
    do throws(Failure) {
      let count = unsafe try body.read(into: destination)
      if count == 0 { note(nil) }
      return count
    } catch {
      note(error)
      throw error
    }
  }
}
