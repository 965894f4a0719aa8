public import Basics
import Documents
public import ObjectStore

/// Keeps runs of a feed apart. The lock saves work, it does not keep truth: that does the compare-and-swap of
/// the head, so a run that lost its lock can do no harm.
public struct Lock: Sendable {
  /// The stage that replaces several objects, one after the other: after one that was cut off they may not agree.
  static let replacing = "publish"

  let store: any ObjectStore
  let key: ObjectKey
  let holder: String
  let terms: Terms
  let clock: (any Basics.Clock)?
  let goOn: @Sendable (_ run: String, _ stage: String) -> String

  /// The lock that is the object `key`; `holder` is a random id of this process.
  /// - Parameters:
  ///   - clock: tells how long ago a lease was written, so that nobody reads on without it, and waits.
  ///   - goOn: the command by which a person goes on with a run at a stage.
  public init(
    store: any ObjectStore, key: ObjectKey, holder: String, terms: Terms, clock: (any Basics.Clock)? = nil,
    goOn: @escaping @Sendable (_ run: String, _ stage: String) -> String = { "\($1) --run \($0)" }
  ) {
    self.clock = clock
    self.goOn = goOn
    self.store = store
    self.key = key
    self.holder = holder
    self.terms = terms
  }

  /// Begins a new run with the stage `stage`, unless one is under way.
  /// - Parameter run: its name; asked for once the store has said what time it is.
  /// - Parameter purpose: whether the source is going to be read, which is noted in the same write, or nothing is to be
  ///   done. It is given what the lock said, and the store's time.
  /// - Parameter onFirst: called before the feed has a lock at all.
  /// - Parameter end: what came of a run that nobody holds any more.
  /// - Parameter isHandedOver: the next stage, if the one that is said to be at work has answered; only asked for what
  ///   a person is told.
  /// - Throws: ``Failure/Kind/tryAgain`` with run, stage, holder and age if one is.
  public func begin(
    run: @autoclosure () throws(Failure) -> String, stage: String,
    purpose: (_ before: LockDocument?, _ now: Instant) throws(Failure) -> Purpose = {
      (_, _) throws(Failure) in .work
    },
    onFirst: () throws(Failure) -> Void = {},
    isHandedOver: (_ run: String, _ stage: String) throws(Failure) -> String? = { (_, _) throws(Failure) in
      nil
    },
    endOf end: (_ run: String) throws(Failure) -> End
  ) throws(Failure) -> Beginning {
    guard let (document, info) = try read() else {
      guard let (reading, now) = try settle(nil, try now(), purpose) else { return .left }
      try onFirst()
      let first = LockDocument(
        token: 1, holder: holder, run: try run(), stage: stage, since: now, lease: terms.lease)
      return .begun(try take(first, replacing: nil, reading: reading))
    }
    var next = document
    if document.state != .released {
      try refuse(document, info, isHandedOver)
      guard case .over(let good) = try end(document.run) else { return .interrupted(run: document.run) }
      // It was cut off between its answer and the write that says so.
      next.noteGood(good)
    }
    guard let (reading, now) = try settle(document, info.storeTime, purpose) else { return .left }
    next.run = try run()
    if document.state == .held { next.troubledSince = document.troubledSince ?? document.since }
    next = renewed(next, stage: stage, since: now)
    return .begun(try take(next, replacing: info.version, reading: reading))
  }

  /// Asks what is to be done, and again after a wait: who takes the lock meanwhile is found out when it is replaced.
  /// - Returns: whether the source is read, and what time it is; nil if nothing is to be done.
  private func settle(
    _ document: LockDocument?, _ time: Instant,
    _ purpose: (_ before: LockDocument?, _ now: Instant) throws(Failure) -> Purpose
  ) throws(Failure) -> (Reading?, Instant)? {
    var time = time
    while true {
      switch try purpose(document, time) {
      case .leave: return nil
      case .work: return (nil, time)
      case .read(let reading): return (reading, time)
      case .wait(let seconds):
        clock?.sleep(seconds: seconds)
        time = try now()
      }
    }
  }

  /// Takes a run over for one of its later stages.
  /// - Parameter isHandedOver: whether a stage of the run that is said to be at work has answered already.
  /// - Parameter isForAll: whether the stage does what is to be done for all runs until now, whatever run it is called for.
  /// - Returns: nil if the lock is, or was last, another run's.
  /// - Throws: ``Failure/Kind/tryAgain`` if somebody is at work.
  public func take(
    run: String, stage: String, isForAll: Bool = false,
    isHandedOver: (_ stage: String) throws(Failure) -> Bool = { (_) throws(Failure) in false }
  ) throws(Failure) -> Lease? {
    guard let (document, info) = try read() else {
      let first = LockDocument(
        token: 1, holder: holder, run: run, stage: stage, since: try now(), lease: terms.lease)
      return try take(first, replacing: nil)
    }
    if document.state == .held {
      var isOver = false
      if document.run == run { isOver = try isHandedOver(document.stage) }
      if !isOver { try refuse(document, info) }
    }
    // A run that is over has given the lock back; what it saw of the source may be newer.
    if document.run != run, document.state != .released || !isForAll { return nil }
    var next = document
    next.run = run
    return try take(renewed(next, stage: stage, since: info.storeTime), replacing: info.version)
  }

  /// Takes a run over as its last stage left it, if nothing happened since: by one write.
  /// - Returns: nil if something did, or the mark is another run's.
  public func take(_ mark: LockMark, run: String, stage: String) throws(Failure) -> Lease? {
    guard mark.document.run == run, mark.document.state == .held else { return nil }
    let lease = Lease(lock: self, document: mark.document)
    // What time it is by now, only the answer tells.
    return try lease.write(
      renewed(mark.document, stage: stage, since: mark.time), replacing: mark.version) ? lease : nil
  }

  /// What the lock says now; nil if there never was one.
  public func read() throws(Failure) -> (LockDocument, ObjectInfo)? {
    do {
      guard let (bytes, info) = try store.getIfPresent(key) else { return nil }
      return (try Documents.decodeSealed(LockDocument.self, from: bytes, name: key.description), info)
    } catch let error as StoreError {
      throw failure(error)
    } catch let error as Failure {
      throw error
    } catch {
      throw Failure(.software, "\(error)")
    }
  }

  private func renewed(_ document: LockDocument, stage: String, since: Instant) -> LockDocument {
    var next = document
    next.token += 1
    if document.state == .held, document.stage == Self.replacing { next.halfDone = true }
    next.state = .held
    next.holder = holder
    next.stage = stage
    next.since = since
    next.lease = terms.lease
    next.renewals = 0
    next.trouble = nil
    return next
  }

  private func take(
    _ document: LockDocument, replacing version: String?, reading: Reading? = nil
  ) throws(Failure) -> Lease {
    let lease = Lease(lock: self, document: document)
    guard try lease.writeFirst(document, replacing: version, reading: reading) else {
      if let (other, info) = try read() { try refuse(other, info) }
      throw Failure(.tryAgain, "another run took the lock \(key) at the same moment; try again later")
    }
    return lease
  }

  private func now() throws(Failure) -> Instant {
    do { return try store.now() } catch { throw failure(error) }
  }

  func failure(_ error: StoreError) -> Failure {
    Failure(
      error.kind == .denied || error.kind == .invalid ? .settings : .unavailable,
      "store \(store.location): \(error)")
  }
}
