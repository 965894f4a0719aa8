import Basics
import ObjectStore

/// An operation of the store that a process is about to do.
struct Operation {
  var name: StaticString
  var key: String
  /// Whether it changes something.
  var changes = false
}

/// What becomes of an operation.
enum Fate {
  case goesOn
  case has(Plan.Fault)
}

/// The store as one process sees it: every operation is a point at which things happen.
///
/// Beginning an object and the store's clock are no such points: nobody sees whether they took place.
final class Line: StoreInFront, @unchecked Sendable {
  let base: any ObjectStore
  private let process: Process
  private let world: World

  init(_ store: any ObjectStore, _ process: Process, _ world: World) {
    base = store
    self.process = process
    self.world = world
  }

  func info(_ key: ObjectKey) throws(StoreError) -> ObjectInfo {
    try pass(.init(name: "info", key: key.description)) { () throws(StoreError) in try base.info(key) }
  }

  func open(_ key: ObjectKey, range: Range<Int>?) throws(StoreError) -> any ObjectReader {
    // What is read is of one version, so the reader itself needs no further points.
    try pass(.init(name: "open", key: key.description)) { () throws(StoreError) in
      try base.open(key, range: range)
    }
  }

  func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    try live(key.description)
    world.expect(!process.onlyReads, .onlyReads, "\(process.name) writes \(key)")
    return CommitInFront(try base.create(key, if: condition)) { [self] (writer) throws(StoreError) in
      try commit(key, writer)
    }
  }

  func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    world.expect(!process.onlyReads, .onlyReads, "\(process.name) deletes \(key)")
    try pass(.init(name: "delete", key: key.description, changes: true)) { () throws(StoreError) in
      try base.delete(key, ifVersion: version)
    }
  }

  func list(prefix: String, after: String?, limit: Int) throws(StoreError) -> ListPage {
    try pass(.init(name: "list", key: prefix)) { () throws(StoreError) in
      try base.list(prefix: prefix, after: after, limit: limit)
    }
  }

  func now() throws(StoreError) -> Instant {
    try live("")
    return try base.now()
  }

  private func commit(_ key: ObjectKey, _ writer: any ObjectWriter) throws(StoreError) -> Written {
    let (world, process) = (world, process)
    let work = { () throws(StoreError) -> Written in
      try world.landing(by: process) { () throws(StoreError) in try writer.commit() }
    }
    return try pass(
      .init(name: "commit", key: key.description, changes: true), late: { _ = try? work() }, work)
  }

  private func live(_ key: String) throws(StoreError) {
    if process.isDead { throw StoreError(.unavailable, key: key, "the process is dead") }
  }

  private func pass<R>(
    _ operation: Operation, late: (() -> Void)? = nil, _ work: () throws(StoreError) -> R
  ) throws(StoreError) -> R {
    try live(operation.key)
    if let left = process.operationsLeft {
      process.operationsLeft = left - 1
      process.isDead = left == 0
      try live(operation.key)
    }
    process.at = operation.key
    let fate = world.fate(of: operation, by: process)
    // Its lease may have been renewed meanwhile, and it may have died of that.
    try live(operation.key)
    guard case .has(let fault) = fate else { return try work() }
    world.note(operation, process, fault.rawValue)
    switch fault {
    case .terminated:
      world.terminate(process)
      return try work()
    case .diesBefore, .diesAfter, .diesAndLandsLate:
      if fault == .diesAfter { _ = try? work() }
      process.isDead = true
      if fault == .diesAndLandsLate, let late { world.late.append(late) }
      throw StoreError(.unavailable, key: operation.key, "the process is dead")
    case .unavailable: throw StoreError(.unavailable, key: operation.key, "simulated: no connection")
    case .answerLost: if operation.changes { _ = try work() }
    case .landsLate: if let late { world.late.append(late) }
    case .writeLost: break
    }
    let kind: StoreError.Kind = operation.changes ? .ambiguous : .unavailable
    throw StoreError(kind, key: operation.key, "simulated: the answer was lost")
  }
}
