import Basics
import History
import ObjectStore
import Stages
import StrandlineTesting

/// A bit is flipped, an object is cut off, or two are swapped.
struct Damage {
  /// The objects that are damaged.
  let paths: [String]
  /// What was done, for people.
  let what: String

  init(_ feed: SoundFeed, _ store: MemoryStore, _ random: inout SplitMix64) throws {
    func put(_ path: String, _ bytes: [UInt8]) throws {
      try store.put(try ObjectKey("\(SoundFeed.name)/\(path)"), bytes, if: .none)
    }
    // Each kind of object has its share, however many of it there are.
    let kinds = Dictionary(grouping: feed.objects, by: kindOfObject)
    let path = random.pick(kinds[random.pick(kinds.keys.sorted())] ?? feed.objects)
    let bytes = try feed.bytes(path)
    let dice = random.below(10)
    if dice == 0 {
      let left = random.below(bytes.count)
      try put(path, Array(bytes.prefix(left)))
      (paths, what) = ([path], "\(path) cut off after \(left) of \(bytes.count) bytes")
      return
    }
    let other = random.pick(feed.objects)
    let others = try feed.bytes(other)
    if dice == 1, others != bytes {
      try put(path, others)
      try put(other, bytes)
      (paths, what) = ([path, other], "\(path) and \(other) swapped")
      return
    }
    var changed = bytes
    let place = [0, bytes.count - 1, random.below(bytes.count)][min(2, random.below(8))]
    let bit = random.below(8)
    changed[place] ^= UInt8(1 << bit)
    try put(path, changed)
    (paths, what) = ([path], "bit \(bit) of byte \(place) of \(path)")
  }

  var kind: String { paths.map(kindOfObject).joined(separator: " and ") }

  /// Whether an earlier entry, as it was, stands where the newest one is looked for.
  var setsBack: Bool { paths.contains("head.json") && paths.contains { $0.hasPrefix("heads/") } }

  func isNamed(in message: String) -> Bool { paths.contains { message.contains($0) } }
}

/// What kind of object it is, by its path.
func kindOfObject(_ path: String) -> String {
  let parts = path.split(separator: "/").map(String.init)
  switch parts[0] {
  case "runs": return "runs/…/\(parts[2])"
  case "published":
    return parts.count == 2 ? path : "published/\(parts[1])/…\(path.hasSuffix(".layout") ? ".layout" : "")"
  default: return parts.count == 1 ? path : "\(parts[0])/…"
  }
}

extension SoundFeed {
  /// Parts that readers need no more: nobody looks whether they are as they were.
  func retired() throws(Failure) -> Set<String> {
    let folder = FeedFolder(store: store, feed: Self.name)
    return Set((try Pointer.read(folder)?.pointer.retired ?? []).map(\.object))
  }
}
