public import Basics
public import CloudStore
public import ObjectStore
import Synchronization

/// A service in front of another whose network and servers fail, by a seed.
public final class FaultyService: CloudService {
  /// What goes wrong, and how often.
  public struct Faults: Sendable {
    /// One request in so many fails before it takes place.
    public var before = 8
    /// One in so many takes place, and its answer is lost.
    public var after = 12
    /// One in so many is made twice; the first answer counts.
    public var twice = 20
    /// One request in so many is made twice, and the second answer counts; 0: none.
    public var secondAnswers = 0
    /// One conditional write in so many takes place only some requests later, after its answer was lost; 0: none.
    /// Such a write brings back what was deleted meanwhile, unless names are used once, as all stages do.
    public var late = 30
    /// One body in so many breaks off.
    public var cut = 5
    /// Only failures after which it is certain that nothing took place.
    public var onlyCertain = false
    /// A good mixture.
    public init() {}
  }

  private struct State {
    var random: SplitMix64
    var late: [@Sendable () -> Void] = []
    var count = 0
  }

  private let service: any CloudService
  private let faults: Faults
  private let state: Mutex<State>

  /// Faults of a mixture by a seed.
  public init(_ service: any CloudService, seed: UInt64, _ faults: Faults = Faults()) {
    self.service = service
    self.faults = faults
    state = Mutex(State(random: SplitMix64(seed: seed)))
  }

  public var location: String { service.location }
  public var uploads: UploadRules { service.uploads }
  public var deletesByVersion: Bool { service.deletesByVersion }
  public var tellsAbsence: Bool { service.tellsAbsence }
  public func uri(of key: ObjectKey) -> String { service.uri(of: key) }

  /// How many faults there were.
  public var count: Int { state.withLock { $0.count } }

  /// Makes the requests that are on their way arrive.
  public func arrive() {
    let late = state.withLock { state in
      defer { state.late = [] }
      return state.late
    }
    for request in late { request() }
  }

  public func info(_ key: ObjectKey) throws(ServiceError) -> ObjectInfo {
    try fail { [service] () throws(ServiceError) in try service.info(key) }
  }

  public func open(_ key: ObjectKey, range: Range<Int>?, ifVersion version: String?) throws(ServiceError)
    -> any ServiceBody
  {
    let body = try fail { [service] () throws(ServiceError) in
      try service.open(key, range: range, ifVersion: version)
    }
    let (cut, isShort) = state.withLock { state in
      let isCut = state.random.oneIn(faults.cut)
      if isCut { state.count += 1 }
      return (isCut ? state.random.below((range?.count ?? body.info.size) + 1) : nil, state.random.oneIn(2))
    }
    guard let cut else { return body }
    return CutBody(body, after: cut, isShort)
  }

  public func put(
    _ key: ObjectKey, _ bytes: [UInt8], if condition: WriteCondition
  ) throws(ServiceError) -> Written {
    return try fail(isConditional: condition != .none) { [service] () throws(ServiceError) in
      try service.put(key, bytes, if: condition)
    }
  }

  public func beginUpload(_ key: ObjectKey, if condition: WriteCondition) throws(ServiceError) -> Upload {
    try fail { [service] () throws(ServiceError) in try service.beginUpload(key, if: condition) }
  }

  public func send(
    _ part: UploadPart, _ bytes: [UInt8], of upload: Upload
  ) throws(ServiceError) -> PartReceipt {
    try fail { [service] () throws(ServiceError) in try service.send(part, bytes, of: upload) }
  }

  public func copy(
    _ part: UploadPart, from key: ObjectKey, range: Range<Int>, of upload: Upload
  ) throws(ServiceError) -> PartReceipt {
    try fail { [service] () throws(ServiceError) in
      try service.copy(part, from: key, range: range, of: upload)
    }
  }

  public func complete(
    _ upload: Upload, _ parts: [PartReceipt], if condition: WriteCondition
  ) throws(ServiceError) -> Written {
    return try fail(isConditional: condition != .none) { [service] () throws(ServiceError) in
      try service.complete(upload, parts, if: condition)
    }
  }

  public func abort(_ upload: Upload) throws(ServiceError) {
    try fail { [service] () throws(ServiceError) in try service.abort(upload) }
  }

  public func abandoned(prefix: String, before time: Instant) throws(ServiceError) -> [Upload] {
    try fail { [service] () throws(ServiceError) in try service.abandoned(prefix: prefix, before: time) }
  }

  public func delete(_ key: ObjectKey, ifVersion version: String?) throws(ServiceError) {
    try fail { [service] () throws(ServiceError) in try service.delete(key, ifVersion: version) }
  }

  public func list(prefix: String, after: String?, limit: Int) throws(ServiceError) -> ListPage {
    try fail { [service] () throws(ServiceError) in
      try service.list(prefix: prefix, after: after, limit: limit)
    }
  }

  public func now() throws(ServiceError) -> Instant {
    try fail { [service] () throws(ServiceError) in try service.now() }
  }

  private enum Fate {
    case good, before(ServiceError), after(ServiceError), twice, secondAnswer, late
  }

  private func fail<Answer>(
    isConditional: Bool? = nil, _ request: @escaping @Sendable () throws(ServiceError) -> Answer
  ) throws(ServiceError) -> Answer {
    switch fate(isConditional) {
    case .good: return try request()
    case .before(let error): throw error
    case .after(let error):
      _ = try request()
      throw error
    case .twice:
      let answer = try request()
      do throws(ServiceError) { _ = try request() } catch {}
      return answer
    case .secondAnswer:
      do throws(ServiceError) { _ = try request() } catch {}
      return try request()
    case .late:
      state.withLock { state in
        state.late.append {
          do throws(ServiceError) { _ = try request() } catch {}
        }
      }
      throw ServiceError(.unreachable, "the connection timed out")
    }
  }

  private func fate(_ isConditional: Bool?) -> Fate {
    if state.withLock({ $0.random.oneIn(3) }) { arrive() }
    return state.withLock { state in
      state.count += 1
      let lost = [
        ServiceError(.failed, "500 InternalError"), ServiceError(.unreachable, "the connection broke"),
      ]
      let certain = [
        ServiceError(.throttled, "503 SlowDown"), ServiceError(.throttled, "429", retryAfter: 3),
        ServiceError(.conflict, "409 ConditionalRequestConflict"),
      ]
      if state.random.oneIn(faults.before) {
        return .before(state.random.pick(faults.onlyCertain ? certain : lost + certain))
      }
      if !faults.onlyCertain {
        if state.random.oneIn(faults.after) { return .after(state.random.pick(lost)) }
        // Of an unconditional write made twice the answer's version would be wrong: that is for what nobody reads.
        if isConditional ?? true, faults.twice > 0, state.random.oneIn(faults.twice) { return .twice }
        if faults.secondAnswers > 0, state.random.oneIn(faults.secondAnswers) { return .secondAnswer }
        if isConditional ?? false, faults.late > 0, state.random.oneIn(faults.late) { return .late }
      }
      state.count -= 1
      return .good
    }
  }
}

private final class CutBody: ServiceBody {
  private let body: any ServiceBody
  private var left: Int
  private let isShort: Bool

  init(_ body: any ServiceBody, after left: Int, _ isShort: Bool) {
    self.body = body
    self.left = left
    self.isShort = isShort
  }

  var info: ObjectInfo { body.info }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ServiceError) -> Int {
    if left == 0 {
      if isShort { return 0 }
      throw ServiceError(.unreachable, "the connection broke")
    }
    let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(left, buffer.count)])
    let count = unsafe try body.read(into: room)
    left -= count
    return count
  }
}
