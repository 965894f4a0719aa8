import Basics
import Coordination
import Documents
import History
import ObjectStore
import StrandlineTesting

/// Something that is wrong on purpose, to show that the search finds it. Nothing of it is in the functions: it stands
/// around the store, the clock, the source or the events.
public enum PlantedFault: String, Sendable, CaseIterable {
  case headBeforeObjects = "the head moves before a change set that it names is durable"
  case headEntryLost = "head.json moves although its entry under heads/ was dropped"
  case releaseDeletes = "a release deletes the lock"
  case conditionDroppedOnRetry =
    "after an answer that was lost, the head is written again without its condition"
  case refusalIsSuccess = "a refused replacement of the head is taken for a done one"
  case refusalOfLockIsSuccess = "a refused replacement of the lock is taken for a done one"
  case leaseByLocalClock = "a lease's age is judged by the machine's own clock"
  case timeByLocalClock = "valid time is stamped by the machine's own clock"
  case answersInvisible = "a trigger's id is not looked up: answers in runs/ are invisible"
  case tagOfUncommitted = "the source is told the tag of a dump that was not recorded"
  case latePublisher = "the pointer is replaced without a condition"
  case tokensStandStill = "a new holder takes the token of the one before"
  case listingHides = "a listing hides every third object"
  case createOverwrites = "create-only overwrites"
  case staleHead = "a read of the head returns an older version"
  case carriedBelieved = "what an event carries is believed, whatever the lock says"
  case partsRemovedEarly = "a publisher removes the parts that are in use before it replaces the pointer"
  case removalForgotten = "what settings do not ask for any more is not removed"
  case objectsDropped = "one pack in five never reaches the store"
  case lateRenewalBelieved = "a renewal lands whatever the lock says by then"
  case correctionForgetsLast = "a correction leaves out the last entry that was in force"
  case correctionKeepsPatch = "a correction keeps what was decided before"
  case auditHidesUnfinished = "an audit takes every holder for living, and so hides an unfinished run"
  case auditIsBehind = "an audit reads the lock of some time ago"
  case quarantineCut = "a quarantine lacks its last line"
}

extension PlantedFault {
  func bend() -> Bent {
    switch self {
    case .headBeforeObjects: Bend.deferred { $0.hasPrefix("changes/") }
    case .headEntryLost: Bend.deferred { $0.hasPrefix("heads/") }
    case .releaseDeletes: Bend.releaseDeletes()
    case .conditionDroppedOnRetry: Bend.conditionDroppedOnRetry()
    case .refusalIsSuccess: Bend.refusalIsSuccess("head.json")
    case .refusalOfLockIsSuccess: Bend.refusalIsSuccess("lock.json")
    case .leaseByLocalClock: Bend.leaseByLocalClock()
    case .timeByLocalClock: Bend.timeByLocalClock()
    case .answersInvisible: Bend.answersInvisible()
    case .tagOfUncommitted: Bent(tag: true)
    case .latePublisher: Bend.unconditional { $0 == "published/pointer.json" }
    case .tokensStandStill: Bend.tokensStandStill()
    case .listingHides: Bend.listingHides()
    case .createOverwrites: Bend.unconditional { !Witness.mayBeReplaced($0) }
    case .staleHead: Bend.staleHead()
    case .carriedBelieved: Bend.carriedBelieved()
    case .partsRemovedEarly: Bend.partsRemovedEarly()
    case .removalForgotten: Bend.removalForgotten()
    case .objectsDropped: Bend.objectsDropped()
    case .lateRenewalBelieved: Bend.lateRenewalBelieved()
    case .correctionForgetsLast: Bend.correctionForgetsLast()
    case .correctionKeepsPatch: Bend.correctionKeepsPatch()
    case .auditHidesUnfinished: Bend.auditHidesUnfinished()
    case .auditIsBehind: Bend.auditIsBehind()
    case .quarantineCut: Bend.quarantineCut()
    }
  }
}

/// How each of them is done.
enum Bend {
  /// As if the functions were wrong.
  static func above(_ change: @escaping (BentStore, Process, World) -> Void) -> Bent {
    Bent(above: { store, process, world in bent(store, process, world, change) })
  }

  /// As if the store were wrong.
  static func below(_ change: @escaping (BentStore, Process, World) -> Void) -> Bent {
    Bent(below: { store, process, world in bent(store, process, world, change) })
  }

  private static func bent(
    _ store: any ObjectStore, _ process: Process, _ world: World,
    _ change: (BentStore, Process, World) -> Void
  ) -> any ObjectStore {
    let bent = BentStore(store)
    change(bent, process, world)
    return bent
  }
}

extension Bend {
  /// Writes of some objects are held back until the head has moved.
  static func deferred(_ isHeldBack: @escaping (String) -> Bool) -> Bent {
    let held = Shared<[BentStore.Write]>([])
    return below { bent, _, world in
      let store = bent.base
      bent.onWrite = { [unowned bent] (write) throws(StoreError) in
        if isHeldBack(write.path) {
          held.value.append(write)
          return Written(size: write.bytes.count, version: "held back", storeTime: world.time)
        }
        let written = try bent.put(write)
        if write.path == "head.json" {
          for write in held.value { _ = try? store.put(write.key, write.bytes, if: write.condition) }
          held.value = []
        }
        return written
      }
    }
  }

  static func releaseDeletes() -> Bent {
    above { bent, _, world in
      let store = bent.base
      bent.onWrite = { [unowned bent] (write) throws(StoreError) in
        guard write.path == "lock.json", case .version(let version) = write.condition,
          let lock = try? Documents.decode(LockDocument.self, from: write.bytes, name: "lock"),
          lock.state == .released
        else { return try bent.put(write) }
        try store.delete(write.key, ifVersion: version)
        return Written(size: write.bytes.count, version: "deleted", storeTime: world.time)
      }
    }
  }

  static func conditionDroppedOnRetry() -> Bent {
    above { bent, _, _ in
      bent.onWrite = { [unowned bent] (write) throws(StoreError) in
        do throws(StoreError) { return try bent.put(write) } catch {
          guard error.kind == .ambiguous, write.path == "head.json" else { throw error }
          var again = write
          again.condition = .none
          return try bent.put(again)
        }
      }
    }
  }

  static func refusalIsSuccess(_ path: String) -> Bent {
    above { bent, _, _ in
      let store = bent.base
      bent.onWrite = { [unowned bent] (write) throws(StoreError) in
        do throws(StoreError) { return try bent.put(write) } catch {
          guard error.kind == .preconditionFailed, write.path == path else { throw error }
          return Written(try store.info(write.key))
        }
      }
    }
  }

  static func leaseByLocalClock() -> Bent {
    above { bent, process, _ in
      bent.onInfo = { info, key in
        var info = info
        if key.description.hasSuffix("/lock.json") { info.storeTime = process.clock.now() }
        return info
      }
    }
  }

  static func timeByLocalClock() -> Bent {
    above { bent, process, _ in bent.onNow = { _ in process.clock.now() } }
  }

  static func answersInvisible() -> Bent {
    above { bent, _, _ in
      bent.onOpen = { (key) throws(StoreError) in
        guard key.description.contains("/runs/") else { return nil }
        throw StoreError(.notFound, key: key.description, "invisible")
      }
    }
  }

  static func unconditional(_ isChosen: @escaping (String) -> Bool) -> Bent {
    below { bent, _, _ in
      bent.onWrite = { [unowned bent] (write) throws(StoreError) in
        var write = write
        if isChosen(write.path) { write.condition = .none }
        return try bent.put(write)
      }
    }
  }
}

/// Shared by all processes of a history.
final class Shared<Value> {
  var value: Value
  init(_ value: Value) { self.value = value }
}
