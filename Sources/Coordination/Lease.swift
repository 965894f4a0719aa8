public import Basics
import Documents
import ObjectStore
import Synchronization

/// The lock while it is held. Losing it is found out at the next renewal or hand-over; it harms nothing.
public final class Lease: Sendable {
  struct Held {
    var document: LockDocument
    var version: String?
    /// When the lock was written last, by the store's clock.
    var written = Instant(seconds: 0)
    var isLost = false
    /// Whether the process was told to end.
    var isEnding = false
    /// When the last write that took place was sent, by this machine's clock.
    var sent = 0.0
    /// The document as it was written last, if that says already that the source was read.
    var noted: LockDocument?
  }

  let lock: Lock
  let held: Mutex<Held>
  /// Renewals come from another thread; two writes at once would each take the other for a thief.
  let turn = Mutex(())

  init(lock: Lock, document: LockDocument) {
    self.lock = lock
    held = Mutex(Held(document: document, version: nil))
  }

  /// The fencing token: names of objects carry it, so that no two attempts use one name.
  public var token: Int { held.withLock { $0.document.token } }
  /// The run.
  public var run: String { held.withLock { $0.document.run } }
  /// When the source was last read.
  public var lastRead: Instant? { held.withLock { $0.document.lastRead } }
  /// The last run that was refused.
  public var refusedRun: String? { held.withLock { $0.document.refused } }
  /// Whether a stage that replaces several objects was cut off, and nobody has put that right since.
  public var isHalfDone: Bool { held.withLock { $0.document.halfDone == true } }
  /// How often to renew, in seconds.
  public var renewalInterval: Double { lock.terms.lease / 3 }

  /// Says that this process is still at work. Does nothing once the run was handed over, stopped or ended: a renewal
  /// that comes after would take the lock from whoever goes on.
  /// - Throws: ``Failure/Kind/tryAgain`` if the lock is somebody else's by now.
  public func renew() throws(Failure) {
    try turn.withLock { (_) throws(Failure) in
      let (document, noted, version, isLost) = held.withLock { held in
        var (document, noted) = (held.document, held.noted)
        document.renewals += 1
        noted?.renewals += 1
        return (document, noted, held.version, held.isLost)
      }
      if document.state != .held { return }
      guard !isLost, try write(noted ?? document, replacing: version) else { throw lost() }
      // What is only noted is not yet so.
      if let noted {
        held.withLock {
          $0.document = document
          $0.noted = noted
        }
      }
    }
  }

  /// Makes sure that the lock is still this one's. What is read before, and replaced afterwards only if it is
  /// still what was read, cannot undo the work of a later holder.
  /// - Throws: ``Failure/Kind/tryAgain`` if the lock is somebody else's by now.
  public func check() throws(Failure) {
    let there = try lock.read()?.0
    guard there?.token == token, there?.state == .held else { throw lost() }
  }

  /// By which settings the source was last read.
  public var readSettings: String? { held.withLock { $0.document.readSettings } }

  /// Everything that is replaced together agrees: what is written next says so.
  public func noteWhole() { note { $0.halfDone = nil } }

  /// Something that is replaced together may not agree yet: what is written next says so.
  public func noteHalfDone() { note { $0.halfDone = true } }

  /// Changes what the next write says; not while a renewal is under way, which would bring back what was so before.
  func note(_ body: (inout LockDocument) -> Void) {
    turn.withLock { _ in held.withLock { body(&$0.document) } }
  }

  /// The run came to a good end then: what is written next says so.
  public func noteGood(at time: Instant) { note { $0.noteGood(time) } }

  /// Hands the run over to its next stage.
  public func handOver(to stage: String) throws(Failure) {
    try change {
      $0.state = .waiting
      $0.holder = nil
      $0.stage = stage
    }
  }

  /// Makes the lock ready to be taken over by the next stage as it stands: nothing is written where it was a short
  /// while ago. To be called before the stage's answer is recorded; from then on the run counts as handed over.
  /// - Throws: ``Failure/Kind/tryAgain`` if the lock is somebody else's by now.
  public func prepareHandOver() throws(Failure) {
    let (document, age) = (held.withLock { $0.document }, try age())
    if document.state != .held { throw givenBack() }
    // At least three quarters of the time that the next stage is to have are left then.
    if age <= document.lease / 4, lock.terms.grace == document.lease { return }
    try change {
      $0.renewals += 1
      $0.lease = lock.terms.grace
    }
  }

  /// Makes sure that nobody took this process for dead while its answer was recorded.
  /// - Throws: ``Failure/Kind/tryAgain`` if the lock is somebody else's by now.
  public func confirm() throws(Failure) {
    if held.withLock({ $0.document.state != .held }) { throw givenBack() }
    if try age() > held.withLock({ $0.document.lease }) / 2 { try check() }
  }

  /// By which the next stage takes the lock without looking at it.
  /// - Parameter time: now, by the store's clock.
  public func mark(at time: Instant) -> LockMark? {
    held.withLock { held in
      held.version.map { LockMark(document: held.document, version: $0, time: time) }
    }
  }

  /// How long ago the lock was written, in seconds.
  private func age() throws(Failure) -> Double {
    let written = held.withLock { $0.written }
    do { return try lock.store.now().seconds(since: written) } catch { throw lock.failure(error) }
  }

  /// Gives up for now: whoever comes may go on at once.
  public func stop(because trouble: Failure? = nil) throws(Failure) {
    try change {
      if trouble != nil, $0.stage == Lock.replacing { $0.halfDone = true }
      $0.state = .stopped
      if trouble != nil { $0.troubledSince = $0.troubledSince ?? $0.since }
      $0.trouble = trouble.map { LockDocument.Trouble($0) }
      $0.holder = nil
    }
  }

  /// Ends the run.
  /// - Parameters:
  ///   - refused: the run, if it was refused.
  ///   - trouble: why the run was given up, if it was.
  public func release(refused: String? = nil, because trouble: Failure? = nil) throws(Failure) {
    try change {
      if trouble != nil, $0.stage == Lock.replacing { $0.halfDone = true }
      $0.state = .released
      $0.troubledSince = trouble == nil ? nil : $0.troubledSince ?? $0.since
      $0.trouble = trouble.map { LockDocument.Trouble($0) }
      $0.holder = nil
      $0.refused = refused
    }
  }

  func change(_ body: (inout LockDocument) -> Void) throws(Failure) {
    try turn.withLock { (_) throws(Failure) in
      let (isHeld, document, version, isLost) = held.withLock { held in
        var document = held.document
        body(&document)
        return (held.document.state == .held, document, held.version, held.isLost)
      }
      if !isHeld { throw givenBack() }
      guard !isLost, try write(document, replacing: version) else { throw lost() }
    }
  }

  /// Who is told to end hands the lock back at once, while what it was doing goes on until the process is gone.
  func givenBack() -> Failure {
    Failure(.tryAgain, "the lock \(lock.key) was handed back, for this process was told to end")
  }

  func lost() -> Failure {
    held.withLock { $0.isLost = true }
    return Failure(.tryAgain, "the lock \(lock.key) was taken over by another run, as if this one were dead")
  }

  /// Replaces the object if it is of a version; after an answer that says no or was lost, asks whether it is
  /// this document all the same.
  func write(_ document: LockDocument, replacing version: String?) throws(Failure) -> Bool {
    let bytes = Documents.sealed(document)
    let sent = lock.clock?.seconds() ?? 0
    do {
      let info = try lock.store.put(lock.key, bytes, if: version.map { .version($0) } ?? .absent)
      accept(document, info.version, info.storeTime, sent)
      return true
    } catch {
      guard error.kind == .preconditionFailed || error.kind == .ambiguous else { throw lock.failure(error) }
      let there = try lock.read()
      if let (found, info) = there, found == document {
        accept(document, info.version, info.lastModified, sent)
        return true
      }
      // Nobody else wrote either: nothing is lost but the answer.
      if error.kind == .ambiguous, there?.1.version == version { throw lock.failure(error) }
      return false
    }
  }

  private func accept(_ document: LockDocument, _ version: String, _ time: Instant, _ sent: Double) {
    held.withLock {
      $0.document = document
      $0.noted = nil
      $0.version = version
      $0.written = time
      $0.sent = sent
    }
  }

  /// Renews on a thread of its own until the returned task is cancelled. Losing the lock ends the renewals.
  package func renewInBackground(onLoss: @escaping @Sendable (Failure) -> Void) -> Task<Void, Never> {
    Task.detached { [self] in
      while !Task.isCancelled {
        do { try await Task.sleep(for: .seconds(renewalInterval)) } catch { return }
        if !renewOnce(onLoss: onLoss) { return }
      }
    }
  }

  /// Renews; says whether that is to be done again. It is not once the lock is lost.
  func renewOnce(onLoss: (Failure) -> Void) -> Bool {
    do throws(Failure) { try renew() } catch {
      if error.kind == .unavailable { return true }
      onLoss(error)
      return false
    }
    return true
  }
}
