import Basics
import Coordination
import Documents
import Hashing
import History
import ObjectStore

/// Faults of renewals, and of what people call by hand.
extension Bend {
  /// The condition of a renewal is left out.
  static func lateRenewalBelieved() -> Bent {
    above { bent, _, _ in
      bent.onWrite = { [unowned bent] (write) throws(StoreError) in
        var write = write
        if write.path == "lock.json",
          let lock = try? Documents.decode(LockDocument.self, from: write.bytes, name: "lock"),
          lock.state == .held, lock.renewals > 0
        {
          write.condition = .none
        }
        return try bent.put(write)
      }
    }
  }

  /// The same, and no event of a correction tells of the entry.
  private static func silently(_ bent: Bent) -> Bent {
    var bent = bent
    bent.event = { event, _ in
      var event = event
      if event.data.run.hasSuffix("-correction") { event.data.carried = nil }
      return event
    }
    return bent
  }

  /// An answer of a correction, as its event is delivered.
  private static func silent(_ write: BentStore.Write) -> BentStore.Write {
    guard write.path.hasPrefix("runs/"),
      var event = try? Documents.decode(RunEvent.self, from: write.bytes, name: write.path)
    else { return write }
    event.data.carried = nil
    var other = write
    other.bytes = Documents.encode(event)
    return other
  }

  /// The entry before the last one that was prepared becomes the newest.
  static func correctionForgetsLast() -> Bent {
    silently(
      above { bent, process, _ in
        guard process.name == "correct" else { return }
        var prepared: [[UInt8]] = []
        bent.onWrite = { [unowned bent] (write) throws(StoreError) in
          var write = silent(write)
          if write.path.hasPrefix("heads/") { prepared.append(write.bytes) }
          if write.path == "head.json", prepared.count > 1 { write.bytes = prepared[prepared.count - 2] }
          return try bent.put(write)
        }
      })
  }

  /// The entries say that they were read anew, but have the patches of those that they correct; all else fits.
  static func correctionKeepsPatch() -> Bent {
    silently(
      above { bent, process, world in
        guard process.name == "correct" else { return }
        /// What each digest of an entry is in truth.
        var digests: [String: String] = [:]
        bent.onWrite = { [unowned bent] (write) throws(StoreError) in
          guard write.path.hasPrefix("heads/") || write.path == "head.json",
            var head = try? Documents.decode(Head.self, from: write.bytes, name: write.path)
          else { return try bent.put(silent(write)) }
          let feed = String(write.key.description.prefix { $0 != "/" })
          for index in head.ancestors.indices {
            head.ancestors[index].sha256 =
              digests[head.ancestors[index].sha256] ?? head.ancestors[index].sha256
          }
          if let corrected = head.corrects, let newest = world.witness.newest[feed]?.head {
            let timeline = Timeline(FeedFolder(store: world.memory, feed: feed))
            if let old = try? timeline.entry(corrected, from: newest) { head.state.patch = old.state.patch }
          }
          var other = write
          other.bytes = Documents.encode(head)
          digests[hex(SHA256.digest(write.bytes))] = hex(SHA256.digest(other.bytes))
          return try bent.put(other)
        }
      })
  }

  /// To an audit the lock was always written just now.
  static func auditHidesUnfinished() -> Bent {
    above { bent, process, _ in
      guard process.name == "audit" else { return }
      bent.onInfo = { info, key in
        var info = info
        if key.description.hasSuffix("/lock.json") { info.storeTime = info.lastModified }
        return info
      }
    }
  }

  /// An audit reads the lock as it was some writes ago.
  static func auditIsBehind() -> Bent {
    above { bent, process, world in
      guard process.name == "audit" else { return }
      bent.onOpen = { (key) throws(StoreError) in
        let feed = String(key.description.prefix { $0 != "/" })
        guard key.description.hasSuffix("/lock.json"),
          let (document, written) = world.witness.past.locks[feed]?.suffix(6).first
        else { return nil }
        let bytes = Documents.encode(document)
        let info = ObjectInfo(
          size: bytes.count, version: "older", lastModified: written, storeTime: world.time)
        return (bytes, info)
      }
    }
  }

  static func quarantineCut() -> Bent {
    below { bent, _, _ in
      bent.onWrite = { [unowned bent] (write) throws(StoreError) in
        var other = write
        if write.path.hasPrefix("quarantine/"), let end = write.bytes.dropLast().lastIndex(of: 10) {
          other.bytes = Array(write.bytes[...end])
        }
        let written = try bent.put(other)
        return Written(size: write.bytes.count, version: written.version, storeTime: written.storeTime)
      }
    }
  }
}
