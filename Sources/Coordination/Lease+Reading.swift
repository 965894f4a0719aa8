public import Basics
import ObjectStore
import Synchronization

/// What a lease knows of the source being read under it.
extension Lease {
  /// What has to hold for whoever reads the source next.
  public var peace: Peace { held.withLock { $0.document.peace ?? Peace() } }

  /// Makes sure that nobody else reads the source: to be asked before each request and each piece of what it sends. Costs
  /// nothing while the lease goes on; once it is over by this machine's clock, only a renewal shows that nobody took it.
  /// - Throws: ``Failure/Kind/tryAgain`` if the lock is somebody else's by now or was given back, or what the store throws:
  ///   then the source must be let go.
  public func keep() throws(Failure) {
    let (isLost, isOver, age) = held.withLock { held in
      let age = lock.clock.map { $0.seconds() - held.sent } ?? 0
      return (held.isLost, held.isEnding || held.document.state != .held, age - held.document.lease)
    }
    if isLost { throw lost() }
    if isOver { throw givenBack() }
    if age > 0 { try renew() }
  }

  /// From now on nothing more is read: the lease is about to be given back.
  func end() { held.withLock { $0.isEnding = true } }

  /// Takes the lock.
  /// - Parameter reading: by which settings the source is going to be read, and what is to hold then. What is written says
  ///   that it was, so that this need not be written again; what is written next does not, unless
  ///   ``noteRead(at:settings:interval:)`` was called.
  func writeFirst(
    _ document: LockDocument, replacing version: String?, reading: Lock.Reading?
  ) throws(Failure) -> Bool {
    guard let reading else { return try write(document, replacing: version) }
    var noted = document
    noted.lastRead = document.since
    noted.readSettings = reading.settings
    noted.readInterval = reading.interval
    noted.peace = reading.peace
    noted.peace?.reading = document.run
    guard try write(noted, replacing: version) else { return false }
    held.withLock {
      $0.document = document
      $0.noted = noted
    }
    return true
  }

  /// Notes when the source was read, and by which settings: without a write if the lock says so since it was taken.
  /// - Parameter interval: for how many seconds these leave the source alone then; nil: for none.
  public func noteRead(at time: Instant, settings: String, interval: Double? = nil) throws(Failure) {
    let isNoted = turn.withLock { _ in
      held.withLock { held in
        guard var noted = held.noted, noted.readSettings == settings else { return false }
        // Whoever had to wait for the lock reads a little later than was written.
        noted.lastRead = max(time, noted.lastRead ?? time)
        held.document = noted
        held.noted = nil
        return true
      }
    }
    if isNoted { return }
    try change {
      $0.lastRead = time
      $0.readSettings = settings
      $0.readInterval = interval
      $0.renewals += 1
    }
  }

  /// Changes what has to hold for whoever reads next; the next write says so.
  public func note(_ peace: Peace) {
    note { $0.peace = peace == Peace() ? nil : peace }
  }
}

extension Lock {
  /// That the source is going to be read: what the lock says of that.
  public struct Reading: Sendable {
    /// By which settings.
    public var settings: String
    /// For how many seconds they leave the source alone then; nil: for none.
    public var interval: Double?
    /// What holds meanwhile for whoever comes.
    public var peace: Peace

    /// Puts the two together.
    public init(settings: String, interval: Double? = nil, peace: Peace) {
      self.settings = settings
      self.interval = interval
      self.peace = peace
    }
  }
}
