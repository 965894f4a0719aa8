import Basics
import Blocks
import Dedupe
import Hashing
import History
import ObjectStore

extension FeedAudit {
  /// Whether `head.json` is the end of a chain without gaps. Earlier entries are read only where it names them; of the
  /// others it is seen that they are there.
  mutating func lookAtChain(_ newest: CommittedHead?) throws(Failure) {
    var numbers: Set<Int> = []
    var highest = 0
    for path in listing.keys where path.hasPrefix("heads/") {
      guard let number = Int(path.dropFirst(6).prefix { $0 != "-" }) else { continue }
      numbers.insert(number)
      // A rewind or a correction prepares several, and may have died before they counted.
      if !path.hasSuffix("-rewind.json"), !path.hasSuffix("-correction.json") {
        highest = max(highest, number)
      }
    }
    guard let head = newest?.head else {
      if status.findings.contains(where: { $0.object == "head.json" }) { return }
      // A first run that died may have left the first entry, and nothing that builds on it.
      if status.published != nil || highest > 1 {
        find(
          .brokenChain, .act, object: "head.json",
          "head.json is gone, although \(highest) entries were recorded: put the newest of heads/ in its place"
        )
      }
      return
    }
    if highest > head.seq + 1 || status.published ?? 0 > head.seq {
      find(
        .brokenChain, .act, object: "head.json",
        "head.json says entry \(head.seq), but entry \(max(highest - 1, status.published ?? 0)) was recorded: it was set "
          + "back by something else")
    }
    if let gap = (1...max(1, head.seq)).first(where: { !numbers.contains($0) }) {
      find(
        .brokenChain, .act, object: "heads/\(gap)-…",
        "entry \(gap) of the timeline is gone: what was before entry \(gap + 1) may be out of reach")
    }
    let context = context
    let own = try orDamaged(head.object) { () throws(Failure) in
      try context.folder.getIfPresent(head.object)?.bytes
    }
    if let own, hex(SHA256.digest(own)) != newest?.sha256 {
      find(
        .brokenChain, .act, object: head.object,
        "head.json and \(head.object) differ: one of them was changed after it was written")
    } else if own == nil, numbers.contains(head.seq) {
      find(.missing, .act, run: head.run, object: head.object, "\(head.object), the newest entry, is gone")
    }
    for ref in head.ancestors where listing[ref.object] != nil {
      _ = try orDamaged(ref.object) { () throws(Failure) in try context.timeline.read(ref) }
    }
    for ref in head.ancestors where listing[ref.object] == nil && numbers.contains(ref.seq) {
      find(.missing, .act, object: ref.object, "\(ref.object), which head.json names, is gone")
    }
  }

  /// Whether all that head and pointer name is there, by the listing, and as long as it was.
  mutating func lookAtReach() throws(Failure) {
    var named: [String: Int?] = [:]
    if let head = status.head {
      for ref in [head.state.patch] + [head.changes, head.quarantine].compactMap({ $0 }) + (head.packs ?? [])
      where !ref.isCarried {
        named[ref.object] = ref.bytes
      }
      named["settings/\(head.state.settings)"] = Int?.none
      for object in try objects(of: head) where named[object] == nil { named[object] = Int?.none }
    }
    var spare: [String: Int?] = [:]
    for ref in status.head?.keys ?? [] { spare[ref.object] = ref.bytes }
    if let pointer {
      for part in pointer.current + pointer.closed + [pointer.currentFile].compactMap({ $0 }) {
        named[part.object] = part.bytes
        if let layout = part.layout { spare[layout.object] = Int?.none }
      }
      for path in pointer.companions ?? [:] { named[path.key] = Int?.none }
      for path in pointer.versions ?? [:] where named[path.key] == nil && spare[path.key] == nil {
        if path.key.hasSuffix(".manifest") { named[path.key] = Int?.none }
      }
    }
    for (path, size) in named.sorted(by: { $0.key < $1.key }) { try expect(path, size, isSpare: false) }
    // Without these everything goes on, if more slowly.
    for (path, size) in spare.sorted(by: { $0.key < $1.key }) { try expect(path, size, isSpare: true) }
  }

  /// The bases and packs that the state is read from.
  private mutating func objects(of head: Head) throws(Failure) -> Set<String> {
    var found: Set<String> = [head.state.manifest.object, head.generation.base]
    guard found.allSatisfy({ listing[$0] != nil }) else { return found }
    let context = context
    let chain = try orDamaged(head.state.manifest.object) { () throws(Failure) in
      try context.states.chain(head.state.manifest)
    }
    guard let chain, let manifest = chain.last?.manifest else { return found }
    found.formUnion(chain.map(\.ref.object))
    found.formUnion(Set(manifest.spans.lazy.map(\.object)).map { manifest.objects[Int($0)].key })
    return found
  }

  private mutating func expect(_ path: String, _ size: Int?, isSpare: Bool) throws(Failure) {
    if let there = listing[path], size == nil || there == size { return }
    // A run that came meanwhile may have taken its place.
    let there = try context.folder.sizeIfPresent(path)
    if there != nil, size == nil || there == size { return }
    if try Pointer.read(context.folder)?.pointer.seq != status.published { return }
    let level: Finding.Level = isSpare ? .note : .act
    guard let there else {
      return find(
        .missing, level, object: path,
        "\(path) is named and not there\(isSpare ? "; runs go on without it, more slowly" : "")")
    }
    find(
      .damaged, level, object: path, "\(path) has \(there) bytes instead of \(size ?? 0)")
  }
}
