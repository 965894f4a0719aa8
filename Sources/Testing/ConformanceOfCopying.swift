import Basics
import ObjectStore

extension StoreConformance {
  static let copying: [Check] = [
    Check("ranges of other objects are appended between what is written, in any size") { store in
      let sources = [try ObjectKey("a/source"), try ObjectKey("b/other")]
      var random = SplitMix64(seed: 3)
      let contents = try sources.map { key in
        let bytes = (0..<700_001).map { _ in UInt8(truncatingIfNeeded: random.next() & 0x3F) + 0x30 }
        try store.put(key, bytes, if: .absent)
        return bytes
      }
      let writer = try store.create(try ObjectKey("a/copy"), if: .absent)
      var all: [UInt8] = []
      for size in [0, 1, 300_000, 31, 40_000, 5, 5000, 262_144, 700_001, 100_000, 33_000] {
        let place = random.below(2)
        let start = random.below(700_002 - size)
        try writer.copy(from: sources[place], range: start..<start + size)
        all += contents[place][start..<start + size]
        let piece = Array("between \(size)".utf8)
        if size % 3 != 1 {
          try writer.write(piece)
          all += piece
        }
      }
      let size = try writer.commit().size
      try require(size == all.count, "the size is \(size), not \(all.count)")
      let same = try store.text(ObjectKey("a/copy"), chunk: 65_537) == String(decoding: all, as: UTF8.self)
      try require(same, "the bytes are not those of the ranges, in their order")
    },
    Check("what cannot be copied is refused and appends nothing") { store in
      let (source, key) = (try ObjectKey("source"), try ObjectKey("copy"))
      try store.put(source, "0123456789")
      let writer = try store.create(key, if: .absent)
      try writer.write(Array("<".utf8))
      try require(.notFound, "a copy of an absent object") { () throws(StoreError) in
        try writer.copy(from: ObjectKey("none"), range: 0..<1)
      }
      for range in [0..<11, 10..<11, 11..<11, -1..<2] {
        try require(.invalid, "the range \(range) of 10 bytes") { () throws(StoreError) in
          try writer.copy(from: source, range: range)
        }
      }
      try writer.copy(from: source, range: 10..<10)
      try writer.copy(from: source, range: 3..<7)
      try writer.write(Array(">".utf8))
      _ = try writer.commit()
      try require(try store.text(key) == "<3456>", "the refused copies left something")
      try require(.invalid, "a copy after the commit") { () throws(StoreError) in
        try writer.copy(from: source, range: 0..<1)
      }
    },
    Check("a copy outlives what it was copied from") { store in
      let (source, key) = (try ObjectKey("source"), try ObjectKey("copy"))
      try store.put(source, String(repeating: "x", count: 100_000))
      let writer = try store.create(key, if: .absent)
      try writer.copy(from: source, range: 0..<100_000)
      _ = try writer.commit()
      try store.delete(source, ifVersion: nil)
      try require(try store.text(key).utf8.count == 100_000, "it is gone with its source")
    },
  ]
}
