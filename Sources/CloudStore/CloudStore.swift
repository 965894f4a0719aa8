public import Basics
public import ObjectStore

/// An object store over a vendor's API: what fails for a while is tried again, large objects go in parts, and after
/// a lost answer it is asked whether the write took place.
///
/// Memory: at most one part for each object that is written, and ``CloudSizes/atOnce`` for each that is read.
public final class CloudStore: ObjectStore {
  let service: CountingService
  let patience: Patience
  let sizes: CloudSizes
  let time: StoreTime

  /// - Parameters:
  ///   - clock: this machine's; it is only asked how much time has passed.
  ///   - deadline: when no further try is made, by `clock`; asked before each. The first try is always made.
  ///   - log: told once for each operation that is tried again.
  public init(
    _ service: any CloudService, clock: any Basics.Clock, randomness: any Randomness, log: any Log,
    policy: RetryPolicy = RetryPolicy(), sizes: CloudSizes = CloudSizes(),
    deadline: @escaping @Sendable () -> Instant? = { nil }
  ) {
    self.service = CountingService(service)
    self.sizes = sizes
    patience = Patience(policy: policy, clock: clock, randomness: randomness, deadline: deadline, log: log)
    time = StoreTime(clock)
  }

  public var location: String { service.location }
  public var isRemote: Bool { true }

  /// The requests so far, each try counted.
  public var requests: RequestCounts { service.counts }

  public func uri(of key: ObjectKey) -> String { service.uri(of: key) }

  public func info(_ key: ObjectKey) throws(StoreError) -> ObjectInfo {
    let info = try patience.run("info", key.description) { () throws(ServiceError) in try service.info(key) }
    time.note(info.storeTime)
    return info
  }

  public func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    if limit < 1 { throw StoreError(.invalid, key: prefix, "a page holds at least one key, not \(limit)") }
    return try patience.run("list", prefix) { () throws(ServiceError) in
      try service.list(prefix: prefix, after: after, limit: limit)
    }
  }

  /// Asks the service only if it has not answered anything yet.
  public func now() throws(StoreError) -> Instant {
    if let now = time.now() { return now }
    let asked = try patience.run("now", location) { () throws(ServiceError) in try service.now() }
    time.note(asked)
    return time.now() ?? asked
  }

  public func open(_ key: ObjectKey, range: Range<Int>?) throws(StoreError) -> any ObjectReader {
    try reader(key, range: range)
  }

  public func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    CloudWriter(self, key, condition)
  }

  /// Gives up uploads under a prefix that were begun more than `age` seconds ago and came to no end, as those of
  /// processes that died. They cost money and are seen by nobody.
  /// - Returns: how many there were.
  public func removeAbandonedUploads(prefix: String, olderThan age: Double) throws(StoreError) -> Int {
    let before = try now().advanced(bySeconds: -age)
    let uploads = try patience.run("list uploads", prefix) { () throws(ServiceError) in
      try service.abandoned(prefix: prefix, before: before)
    }
    for upload in uploads {
      try patience.run("abort", upload.key.description) { () throws(ServiceError) in
        do throws(ServiceError) { try service.abort(upload) } catch {
          if error.kind != .noSuchUpload { throw error }
        }
      }
    }
    return uploads.count
  }
}
