import Basics
import Coordination
import Documents
import History
import ObjectStore
import Stages

extension Bend {
  static func tokensStandStill() -> Bent {
    above { bent, _, _ in
      bent.onWrite = { [unowned bent] (write) throws(StoreError) in
        guard write.path == "lock.json", case .version = write.condition,
          var lock = try? Documents.decode(LockDocument.self, from: write.bytes, name: "lock"),
          let (bytes, _) = try bent.base.getIfPresent(write.key),
          let last = try? Documents.decode(LockDocument.self, from: bytes, name: "lock"),
          last.holder != lock.holder, lock.state == .held
        else { return try bent.put(write) }
        lock.token = last.token
        var write = write
        write.bytes = Documents.encode(lock)
        return try bent.put(write)
      }
    }
  }

  static func listingHides() -> Bent {
    below { bent, _, _ in
      bent.onList = { page in
        var page = page
        page.entries = page.entries.enumerated().filter { $0.offset % 3 != 2 }.map(\.element)
        return page
      }
    }
  }

  /// Every second read of the head is of the version before, if there is one.
  static func staleHead() -> Bent {
    let last = Shared<[ObjectKey: [([UInt8], ObjectInfo)]]>([:])
    let reads = Shared(0)
    return below { bent, _, _ in
      let store = bent.base
      bent.onOpen = { (key) throws(StoreError) in
        guard key.description.hasSuffix("/head.json") else { return nil }
        guard let there = try store.getIfPresent(key) else { return nil }
        if last.value[key]?.last?.1.version != there.1.version {
          last.value[key, default: []].append((there.0, there.1))
        }
        reads.value += 1
        let known = last.value[key] ?? []
        return reads.value % 2 == 0 && known.count > 1 ? known[known.count - 2] : nil
      }
    }
  }

  static func carriedBelieved() -> Bent {
    struct Mark: Codable {
      var document: LockDocument
      var version: String
      var time: Instant
    }
    var bent = Bent()
    bent.event = { event, world in
      guard let carried = event.data.carried, let text = carried.lock,
        var mark = try? Documents.decode(Mark.self, from: Array(text.utf8), name: "mark"),
        let key = try? ObjectKey("\(event.data.feed)/lock.json"), let info = try? world.memory.info(key)
      else { return event }
      mark.version = info.version
      var event = event
      event.data.carried?.lock = String(decoding: Documents.encode(mark), as: UTF8.self)
      return event
    }
    return bent
  }

  static func partsRemovedEarly() -> Bent {
    above { bent, _, world in
      let store = bent.base
      bent.onWrite = { [unowned bent] (write) throws(StoreError) in
        let feed = String(write.key.description.prefix { $0 != "/" })
        if write.path == "published/pointer.json", let last = world.witness.pointers[feed] {
          let named = String(decoding: write.bytes, as: UTF8.self)
          for part in last.current where !named.contains("\"object\":\"\(part.object)\",\"record_bytes\"") {
            guard let key = try? ObjectKey("\(feed)/\(part.object)") else { continue }
            try? store.delete(key, ifVersion: nil)
          }
        }
        return try bent.put(write)
      }
    }
  }

  static func removalForgotten() -> Bent {
    above { bent, _, _ in bent.mayDelete = { !$0.description.hasSuffix("/published/current.jsonl") } }
  }

  static func objectsDropped() -> Bent {
    let packs = Shared(0)
    return below { bent, _, world in
      bent.onWrite = { [unowned bent] (write) throws(StoreError) in
        if write.path.hasPrefix("packs/") {
          packs.value += 1
          if packs.value % 5 == 0 {
            return Written(size: write.bytes.count, version: "dropped", storeTime: world.time)
          }
        }
        return try bent.put(write)
      }
    }
  }
}
