import Basics
public import ObjectStore
import Synchronization

extension StoreConformance {
  /// Folders and files whose names sort differently with and without a slash, two forms of one letter, and
  /// letters whose order in UTF-16 is another.
  private static let names = [
    "a", "a-b", "a0", "a.b/x", "a-b.c", "b/cc", "b-c", "b0", "b!/d", "b/c-/e", "b/c.d", "b/ca/f/g", "b/c0",
    "B/c",
    "\u{E9}/1", "e\u{301}/1", "\u{FF5E}", "\u{1F600}", "z z/ z", "zz/.hidden",
  ]

  static let listing: [Check] = [
    Check("a listing is in the order of the keys' UTF-8, in pages of any size") { store in
      for name in names { try store.put(ObjectKey(name), name) }
      let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      let prefixes =
        [
          "", "a", "a-", "a-b", "a.", "a.b/", "b", "b/", "b/c", "b/c-/", "b/ca/f/g", "b/ca/f/g/", "nothing",
          "nothing/at/all", "\u{E9}", "e\u{301}/", "e", "z", "/", "..", "../", "a//", ".", "./",
          ".strandline",
          ".strandline/", "z z/", "\u{1F600}",
        ]
      let starts: [String?] = [
        nil, "", "a", "a-b", "b", "b/", "b/c", "b/ca/f", "b0", "c", "\u{10FFFF}", "zz/",
      ]
      for prefix in prefixes {
        for after in starts {
          let wanted = sorted.filter { name in
            name.utf8.starts(with: prefix.utf8)
              && (after.map { $0.utf8.lexicographicallyPrecedes(name.utf8) } ?? true)
          }
          for limit in [1, 2, 3, 7, 1000] {
            let found = try store.keys(prefix: prefix, after: after, limit: limit)
            let same =
              found.count == wanted.count
              && zip(found, wanted).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
            try require(
              same, "prefix \"\(prefix)\" after \(after ?? "nothing") by \(limit): \(found), not \(wanted)")
          }
        }
      }
    },
    Check("a listing tells sizes, and forEach sees every key") { store in
      for name in names { try store.put(ObjectKey(name), name) }
      for entry in try store.list(prefix: "", after: nil, limit: 1000).entries {
        let size = entry.key.description.utf8.count
        try require(entry.size == size, "\(entry.key) has \(entry.size) bytes in the listing, not \(size)")
      }
      var count = 0
      try store.forEach(prefix: "b") { (key, _) throws(StoreError) in count += 1 }
      try require(count == names.count { $0.hasPrefix("b") }, "forEach sees \(count) keys")
    },
    Check("an empty store lists nothing; a page of none is refused") { store in
      let page = try store.list(prefix: "", after: nil, limit: 10)
      try require(page.entries.isEmpty && !page.more, "there is something in an empty store")
      try require(.invalid, "a page of 0 keys") { () throws(StoreError) in
        _ = try store.list(prefix: "", after: nil, limit: 0)
      }
    },
    Check("a listing shows at once what was written, replaced and removed") { store in
      for round in 0..<20 {
        let key = try ObjectKey("list/\(round % 5)/\(round)")
        try store.put(key, "one", if: .absent)
        func shows(_ wanted: [Int], _ what: String) throws {
          let found = try store.list(prefix: key.description, after: nil, limit: 10).entries.map(\.size)
          try require(found == wanted, "\(key) was \(what), and its listing has \(found)")
        }
        try shows([3], "written")
        try store.put(key, "longer")
        try shows([6], "replaced")
        try store.delete(key, ifVersion: nil)
        try shows([], "removed")
      }
    },
    Check("a listing shows at once what others wrote") { store in
      let problems = Mutex<[String]>([])
      onThreads(4) { thread in
        do {
          for round in 0..<10 {
            try store.put(ObjectKey("others/\(thread)/\(round)"), "x", if: .absent)
            let done = Mutex(0)
            // Another thread asks, as another process would.
            onThreads(1) { _ in
              let count = try? store.keys(prefix: "others/\(thread)/", after: nil, limit: 1000).count
              done.withLock { $0 = count ?? -1 }
            }
            let seen = done.withLock { $0 }
            if seen != round + 1 { problems.withLock { $0.append("\(seen) of \(round + 1) objects") } }
          }
        } catch {
          problems.withLock { $0.append("\(error)") }
        }
      }
      try require(problems.withLock { $0.isEmpty }, "\(problems.withLock { $0 })")
    },
    Check("equal letters of different bytes are different keys") { store in
      let (composed, decomposed) = (try ObjectKey("caf\u{E9}"), try ObjectKey("cafe\u{301}"))
      try store.put(composed, "1", if: .absent)
      try store.put(decomposed, "2", if: .absent)
      try require(try store.text(composed) == "1" && store.text(decomposed) == "2", "they are one object")
      try require(composed != decomposed && Set([composed, decomposed]).count == 2, "they are one key")
    },
  ]

  static let racing: [Check] = [
    Check("of many that create an object one wins") { store in
      for round in 0..<10 {
        let key = try ObjectKey("race/\(round)/object")
        let winners = Mutex<[String]>([])
        let problems = Mutex<[String]>([])
        onThreads(8) { thread in
          do throws(StoreError) {
            try store.put(key, "thread \(thread)", if: .absent)
            winners.withLock { $0.append("thread \(thread)") }
          } catch {
            if error.kind != .preconditionFailed { problems.withLock { $0.append("\(error)") } }
          }
        }
        try require(problems.withLock { $0.isEmpty }, "\(problems.withLock { $0 })")
        let won = winners.withLock { $0 }
        try require(won.count == 1, "\(won.count) of 8 created the object")
        try require(try store.text(key) == won[0], "what is there is not the winner's")
      }
    },
    Check("compare-and-swap loses no increment") { store in
      let key = try ObjectKey("counter")
      try store.put(key, "0", if: .absent)
      let problems = Mutex<[String]>([])
      onThreads(4) { _ in
        do {
          for _ in 0..<25 { try increment(key, in: store) }
        } catch {
          problems.withLock { $0.append("\(error)") }
        }
      }
      try require(problems.withLock { $0.isEmpty }, "\(problems.withLock { $0 })")
      let total = try total(key, in: store)
      try require(
        total == 100, "4 threads added 25 each, and \(total.map { "there are \($0)" } ?? "some are lost")")
    },
    Check("objects come and go beside each other") { store in
      let problems = Mutex<[String]>([])
      onThreads(4) { thread in
        do {
          for round in 0..<25 {
            // The same folder is made and removed by all.
            let key = try ObjectKey("shared/folder/\(thread)")
            try store.put(key, "\(round)", if: .absent)
            try store.delete(key, ifVersion: nil)
          }
        } catch {
          problems.withLock { $0.append("\(error)") }
        }
      }
      try require(problems.withLock { $0.isEmpty }, "\(problems.withLock { $0 })")
      try require(try store.keys() == [], "something was left")
    },
  ]

  /// Adds one to the number under a key by compare-and-swap, however many others do.
  ///
  /// Each addition leaves a name of its own behind the number: replaced objects never repeat their bytes, and whoever
  /// lost an answer finds the name again if the addition took place, however many there were since.
  public static func increment(_ key: ObjectKey, in store: any ObjectStore) throws(StoreError) {
    let name = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    while true {
      let (bytes, info) = try store.get(key)
      let words = String(decoding: bytes, as: UTF8.self).split(separator: " ").map(String.init)
      if words.contains(name) { return }
      let number = Int(words.first ?? "") ?? 0
      let text = (["\(number + 1)"] + words.dropFirst() + [name]).joined(separator: " ")
      do {
        try store.put(key, text, if: .version(info.version))
        return
      } catch {
        if error.kind != .preconditionFailed && error.kind != .ambiguous { throw error }
      }
    }
  }

  /// The number that ``increment(_:in:)`` has come to; nil if the names behind it are not as many, and different.
  public static func total(_ key: ObjectKey, in store: any ObjectStore) throws(StoreError) -> Int? {
    let words = String(decoding: try store.get(key).bytes, as: UTF8.self).split(separator: " ")
    guard let number = words.first.flatMap({ Int($0) }), Set(words.dropFirst()).count == number,
      words.count == number + 1
    else { return nil }
    return number
  }
}
