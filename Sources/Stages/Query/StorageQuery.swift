public import Basics
import Blocks
import History
import ObjectStore

extension HistoryQuery {
  /// What the feed occupies in the store: a row for each kind of object, the sum of all last. Of packs and bases also
  /// how many bytes the current state needs (whole objects), and how many only older states, or dumps that
  /// were refused.
  public func storage(to sink: any RowSink) throws(Failure) {
    let sorter = StorageSorter(try Pointer.read(context.folder)?.pointer)
    let needed = try objectsOfCurrentState()
    var sums: [StorageKind: (objects: Int, bytes: Int, current: Int)] = [:]
    try forEachObject { path, bytes in
      let isCurrent = needed.contains(path)
      let sum = sums[sorter.kind(of: path)] ?? (0, 0, 0)
      sums[sorter.kind(of: path)] = (
        sum.objects + 1, sum.bytes + bytes, sum.current + (isCurrent ? bytes : 0)
      )
    }
    if sums.isEmpty { return }
    for kind in StorageKind.allCases {
      let sum = sums[kind] ?? (0, 0, 0)
      let isState = kind == .bases || kind == .packs
      try sink.row(row(kind.rawValue, sum.objects, sum.bytes, current: isState ? sum.current : nil))
    }
    let all = sums.values.reduce((0, 0)) { ($0.0 + $1.objects, $0.1 + $1.bytes) }
    try sink.row(row("total", all.0, all.1, current: nil))
  }

  /// What each run left in the store, the oldest first, at most `limit` of the newest: a column for each kind of
  /// object that is called by its run.
  public func storageByRun(limit: Int, to sink: any RowSink) throws(Failure) {
    let sorter = StorageSorter(try Pointer.read(context.folder)?.pointer)
    var sums: [String: [StorageKind: Int]] = [:]
    try forEachObject { path, bytes in
      guard let run = StorageSorter.run(of: path) else { return }
      sums[run, default: [:]][sorter.kind(of: path), default: 0] += bytes
    }
    var runs: [(name: String, validFrom: Instant?, order: Instant)] = []
    for name in newest(sums.keys.sorted(), limit) {
      let validFrom = try context.runs.lastAnswer(name)?.data.validFrom
      // One that died before it could answer has its time in its name.
      let order = validFrom ?? Instant(String(name.prefix(16))) ?? Instant(seconds: 0)
      runs.append((name, validFrom, order))
    }
    runs.sort { ($0.order, $0.name) < ($1.order, $1.name) }
    for run in runs.suffix(limit) {
      let bytes = sums[run.name] ?? [:]
      var fields = [
        Field("run", run.name),
        run.validFrom.map { Field("valid_from", $0.description) } ?? Field("valid_from", json: "null"),
        Field("bytes", json: "\(bytes.values.reduce(0, +))"),
      ]
      for kind in StorageKind.allCases where kind != .settings {
        fields.append(Field(kind.rawValue, json: "\(bytes[kind] ?? 0)"))
      }
      try sink.row(fields)
    }
  }

  private func row(_ kind: String, _ objects: Int, _ bytes: Int, current: Int?) -> [Field] {
    func number(_ value: Int?) -> String { value.map { "\($0)" } ?? "null" }
    return [
      Field("kind", kind), Field("objects", json: "\(objects)"), Field("bytes", json: "\(bytes)"),
      Field("current_state", json: number(current)),
      Field("older_states", json: number(current.map { bytes - $0 })),
    ]
  }

  /// The bases and packs that hold blocks of the current state, or say which they are.
  private func objectsOfCurrentState() throws(Failure) -> Set<String> {
    guard let head = try context.timeline.newest()?.head else { return [] }
    let chain = try context.states.chain(head.state.manifest)
    guard let manifest = chain.last?.manifest else { return [] }
    let numbers = Set(manifest.spans.lazy.map(\.object))
    return Set(chain.map(\.ref.object)).union(numbers.map { manifest.objects[Int($0)].key })
  }

  /// Every object of the feed: its path under the feed's folder, and its length.
  private func forEachObject(_ body: (String, Int) -> Void) throws(Failure) {
    let prefix = "\(context.folder.feed)/"
    do {
      try context.folder.store.forEach(prefix: prefix) { (key, size) throws(StoreError) in
        body(String(key.description.dropFirst(prefix.count)), size)
      }
    } catch {
      throw context.folder.failure(error)
    }
  }
}
