import Basics
import ObjectStore

extension StoreConformance {
  static let reading: [Check] = [
    Check("an absent object is notFound") { store in
      let key = try ObjectKey("feed/none")
      try require(.notFound, "info of an absent key") { () throws(StoreError) in _ = try store.info(key) }
      try require(.notFound, "open of an absent key") { () throws(StoreError) in
        _ = try store.open(key, range: nil)
      }
      try require(try store.getIfPresent(key) == nil, "getIfPresent of an absent key is not nil")
      try store.put(ObjectKey("feed/none/below"), "x")
      try require(.notFound, "info of a key that is a folder") { () throws(StoreError) in
        _ = try store.info(key)
      }
      let below = try ObjectKey("feed/none/below/that")
      try require(.notFound, "open below an object") { () throws(StoreError) in
        _ = try store.open(below, range: nil)
      }
    },
    Check("an object is read back, whole and in ranges") { store in
      let key = try ObjectKey("a/b/c.json")
      try store.put(key, "0123456789")
      try require(try store.text(key) == "0123456789", "the bytes are not what was written")
      let ranges: [(Range<Int>, String)] = [
        (0..<10, "0123456789"), (0..<1, "0"), (9..<10, "9"), (3..<7, "3456"), (4..<4, ""), (10..<10, ""),
      ]
      for (range, text) in ranges {
        try require(try store.text(key, range: range) == text, "the range \(range) is not \"\(text)\"")
        let size = try store.open(key, range: range).info.size
        try require(size == 10, "the size with a range is \(size), not the whole object's")
      }
      for range in [0..<11, 10..<11, 11..<12, 11..<11, -1..<2] {
        try require(.invalid, "the range \(range) of 10 bytes") { () throws(StoreError) in
          _ = try store.open(key, range: range)
        }
      }
    },
    Check("an empty object is an object") { store in
      let key = try ObjectKey("empty")
      try require(try store.put(key, "").size == 0, "the size is not 0")
      try require(try store.info(key).size == 0, "info's size is not 0")
      try require(try store.text(key) == "", "it has bytes")
      try require(try store.keys() == ["empty"], "it is not listed")
    },
    Check("bytes stream in and out in pieces of any size") { store in
      let key = try ObjectKey("stream")
      var random = SplitMix64(seed: 1)
      var all: [UInt8] = []
      let writer = try store.create(key, if: .absent)
      for size in [1, 0, 7, 65_535, 65_537, 300_001, 3, 524_288, 262_143, 13] {
        let piece = (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next() & 0x3F) + 0x30 }
        try writer.write(piece)
        all += piece
      }
      let size = try writer.commit().size
      try require(size == all.count, "the size is \(size), not \(all.count)")
      for chunk in [1 << 20, 65_537, 4093] {
        try require(
          try store.text(key, chunk: chunk) == String(decoding: all, as: UTF8.self),
          "read by \(chunk) it differs")
      }
    },
    Check("what is read is of one version, however long the reading takes") { store in
      let key = try ObjectKey("version")
      let first = try store.put(key, String(repeating: "old", count: 100_000))
      let reader = try store.open(key, range: nil)
      try require(reader.info.version == first.version, "open tells another version than commit did")
      try store.put(key, "new")
      var seen: [UInt8] = []
      var room = [UInt8](repeating: 0, count: 1000)
      while true {
        let count = unsafe try room.withUnsafeMutableBufferPointer { (room) throws(StoreError) in
          unsafe try reader.read(into: UnsafeMutableRawBufferPointer(room))
        }
        if count == 0 { break }
        seen += room[..<count]
      }
      let isOld = seen.count == 300_000 && seen.allSatisfy { "old".utf8.contains($0) }
      try require(isOld, "an object that was replaced while it was read changed under the reader")
    },
  ]

  static let writing: [Check] = [
    Check("nothing is to be seen before the commit, and a dropped writer leaves nothing") { store in
      let key = try ObjectKey("folder/half")
      do {
        let writer = try store.create(key, if: .absent)
        try writer.write(Array("half".utf8))
        try require(.notFound, "info before the commit") { () throws(StoreError) in _ = try store.info(key) }
        try require(try store.keys() == [], "an object is listed before its commit")
      }
      try require(.notFound, "info after the writer was dropped") { () throws(StoreError) in
        _ = try store.info(key)
      }
      try require(try store.keys() == [], "a dropped writer left something")
      try store.put(key, "old")
      do { try store.create(key, if: .none).write(Array("half".utf8)) }
      try require(try store.text(key) == "old", "a dropped writer changed the old object")
    },
    Check("create-only refuses what exists") { store in
      let key = try ObjectKey("once")
      try store.put(key, "first", if: .absent)
      try require(.preconditionFailed, "a second create-only") { () throws(StoreError) in
        try store.put(key, "second", if: .absent)
      }
      try require(try store.text(key) == "first", "a refused write changed the object")
    },
    Check("compare-and-swap wants the version that is there") { store in
      let key = try ObjectKey("head.json")
      try require(.preconditionFailed, "a version where there is no object") { () throws(StoreError) in
        try store.put(key, "x", if: .version("1-1-1"))
      }
      try require(try store.getIfPresent(key) == nil, "a refused write made an object")
      let one = try store.put(key, "1", if: .absent)
      let two = try store.put(key, "2", if: .version(one.version))
      try require(.preconditionFailed, "an old version") { () throws(StoreError) in
        try store.put(key, "3", if: .version(one.version))
      }
      try require(try store.text(key) == "2", "a refused write changed the object")
      try store.delete(key, ifVersion: two.version)
      try require(.preconditionFailed, "the version of what was deleted") { () throws(StoreError) in
        try store.put(key, "3", if: .version(two.version))
      }
    },
    Check("the condition is judged at the commit") { store in
      let key = try ObjectKey("late")
      let writer = try store.create(key, if: .absent)
      try writer.write([1])
      try store.put(key, "sooner")
      try require(.preconditionFailed, "a commit after somebody else's") { () throws(StoreError) in
        _ = try writer.commit()
      }
      try require(try store.text(key) == "sooner", "a refused commit changed the object")
    },
    Check("without a condition what is there is replaced") { store in
      let key = try ObjectKey("any")
      try store.put(key, "a longer first")
      try store.put(key, "second")
      try require(try store.text(key) == "second", "the second is not there")
    },
    Check("commit, info and open tell the same of an object") { store in
      let key = try ObjectKey("same")
      let written = try store.put(key, "12345")
      let (looked, opened) = (try store.info(key), try store.open(key, range: nil).info)
      for info in [looked, opened] {
        let same = info.size == 5 && written.size == 5 && info.version == written.version
        try require(same, "commit says \(written), then it is \(info)")
      }
      try require(looked.lastModified == opened.lastModified, "info says \(looked), open \(opened)")
    },
    Check("a replaced object has another version") { store in
      let key = try ObjectKey("versions")
      var versions: Set<String> = []
      // Bytes that never repeat, as the protocol demands of callers.
      for number in 0..<100 { versions.insert(try store.put(key, "\(1000 + number)").version) }
      try require(versions.count == 100, "100 writes gave only \(versions.count) versions")
    },
    Check("an object is never newer than the store's time") { store in
      let key = try ObjectKey("time")
      var last = try store.now()
      for number in 0..<50 {
        try store.put(key, "\(number)")
        let info = try store.info(key)
        let now = try store.now()
        try require(info.lastModified <= info.storeTime, "info: modified after the store's time")
        try require(info.lastModified >= last, "written at \(info.lastModified), after \(last)")
        last = now
      }
    },
    Check("a writer is committed once") { store in
      let writer = try store.create(try ObjectKey("twice"), if: .none)
      _ = try writer.commit()
      try require(.invalid, "a second commit") { () throws(StoreError) in _ = try writer.commit() }
      try require(.invalid, "a write after the commit") { () throws(StoreError) in try writer.write([1]) }
    },
  ]

  static let deleting: [Check] = [
    Check("a deleted object is gone, once") { store in
      let key = try ObjectKey("a/b/gone")
      try store.put(key, "x")
      try store.delete(key, ifVersion: nil)
      try require(.notFound, "info after delete") { () throws(StoreError) in _ = try store.info(key) }
      try require(.notFound, "delete again") { () throws(StoreError) in try store.delete(key, ifVersion: nil)
      }
      try require(try store.keys() == [], "it is still listed")
      try store.put(key, "y", if: .absent)
      try store.delete(key, ifVersion: nil)
      try store.put(try ObjectKey("a/b"), "what was a folder may be an object now", if: .absent)
    },
    Check("delete may want a version") { store in
      let key = try ObjectKey("guarded")
      let one = try store.put(key, "1")
      let two = try store.put(key, "2")
      try require(.preconditionFailed, "delete of an old version") { () throws(StoreError) in
        try store.delete(key, ifVersion: one.version)
      }
      try require(try store.text(key) == "2", "a refused delete changed the object")
      try store.delete(key, ifVersion: two.version)
      try require(.notFound, "delete of a version of what is gone") { () throws(StoreError) in
        try store.delete(key, ifVersion: two.version)
      }
    },
  ]
}
