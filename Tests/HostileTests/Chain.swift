import Basics
import Blocks
import Dedupe
import Hashing
import Records
import StrandlineTesting

/// A state of a chain: as the product kept it, and as the model has it.
struct State {
  var side: Side
  var model: Model
}

/// One case: a few dumps of one feed, each compared with the model.
struct Chain {
  static func birth(_ entry: Int) -> Instant { Instant(seconds: Int64(entry) * 1000) }
  static func recorded(_ entry: Int) -> Instant { Instant(seconds: Int64(entry) * 1000 + 7) }

  private static let universal = Fingerprinter(secret: (0..<32).map { UInt8($0) })
  private static let sha256 = Fingerprinter(secret: (0..<32).map { UInt8($0) }, algorithm: .sha256)

  let seed: Int
  let rule: ColumnRule
  private var generator: SplitMix64
  private(set) var feed: Feed
  let fingerprinter: Fingerprinter
  /// Dumps are files that are compared, not a history in packs.
  private let isInPlace: Bool
  let passes: Int
  let leastForHashes: Int
  /// Whether manifests are stored as edits of earlier ones and read again.
  private let storesManifests: Bool
  /// Whether short keys are kept.
  let hasKeys: Bool
  private let store = Store()
  private(set) var states: [State] = []
  /// The manifests since the last base.
  private var generation: [StateIndex.Link] = []
  private(set) var refused: (manifest: Manifest, dump: [UInt8])?
  /// All dumps so far.
  private(set) var dumps: [Dump] = []

  init(seed: Int) {
    self.seed = seed
    generator = SplitMix64(seed)
    feed = Feed(&generator)
    rule = generator.pick([.nonEmpty, .nonEmpty, .all, .none])
    fingerprinter = generator.oneIn(30) ? Self.sha256 : Self.universal
    isInPlace = generator.oneIn(12)
    passes = generator.pick([1, 7, 1_000_000, 1_000_000])
    leastForHashes = generator.pick([0, 2, 4096])
    hasKeys = !generator.oneIn(4)
    storesManifests = generator.oneIn(3)
  }

  /// Goes through the whole chain.
  mutating func run(_ reached: inout Reached) throws {
    let count = generator.pick([2, 2, 2, 2, 3, 3, 4, 5])
    var earlier: [[Feed.Row]] = []
    for entry in 1...count {
      let dump = feed.dump()
      if let last = dumps.last, seed % 3 == 0 { try compareInStep(last, dump, &reached) }
      dumps.append(dump)
      if entry > 1, generator.oneIn(15) {
        try refuse(dump, entry)
      } else {
        try add(dump, &reached)
      }
      earlier.append(feed.rows)
      feed.edit(&generator)
      if generator.oneIn(12) { feed.rows = generator.pick(earlier) }
    }
    try readBack()
    let (first, second) = (generator.below(states.count), generator.below(states.count))
    if first != second || generator.oneIn(3) { try difference(states[first], states[second], &reached) }
  }

  /// A dump that is kept but becomes no state.
  private mutating func refuse(_ dump: Dump, _ entry: Int) throws {
    let recording = try record(dump, as: "refused/\(entry)")
    if isInPlace { return }
    refused = (recording.manifest, dump.bytes)
  }

  private mutating func record(_ dump: Dump, as name: String) throws -> DumpRecorder.Recording {
    let last = states.last
    let plan = RecordingPlan(
      base: last.map {
        .init($0.side.manifest, hashes: store, sameFormat: $0.side.reading.format == dump.reading.format)
      },
      others: refused?.manifest, fingerprinter: fingerprinter, isInPlace: isInPlace, maximum: feed.maximum,
      window: generator.pick([1, 7, 100, 3000, 100_000, 100_000, 100_000, 100_000]))
    let recording = try plan.record(dump.bytes, dump.reading.format, in: store, as: name, &generator)
    try require(recording.broken == nil, "the dump counts as broken: \(recording.broken ?? "")")
    try require(recording.ending == dump.ending, "it ended \(recording.ending), not \(dump.ending)")
    try require((recording.header != nil) == dump.hasHeader, "header: \(recording.header ?? [])")
    if let header = recording.header, case .csv(let delimiter) = dump.reading.format {
      let names = try Header.parse(header, delimiter: delimiter)
      try require(names == dump.reading.header, "the header is \(names)")
    }
    try require(
      recording.manifest.recordCount == dump.lines.count, "\(recording.manifest.recordCount) records")
    return recording
  }

  private mutating func add(_ dump: Dump, _ reached: inout Reached) throws {
    let entry = states.count + 1
    let last = states.last
    let recording = try record(dump, as: "packs/\(entry).\(dumps.count)")
    let manifest = try keep(recording)
    let side = Side(
      manifest: manifest, reading: dump.reading, patch: nil, blocks: BlockReader(manifest, from: store))
    var model = Model(dump, rule, entry: entry)
    var expected: [Model.Difference] = []
    if let last {
      let (changes, same) = Model.compare(last.model, model, rule)
      expected = changes
      model.inherit(from: last.model, same)
    }
    var options = ChangeFinder.Options()
    options.columns = rule
    options.entry = entry
    options.validFrom = Self.birth(entry)
    options.recordsPerPass = passes
    options.recordsWaiting = max(2, passes / 2)
    options.leastForHashes = leastForHashes
    var finder = ChangeFinder(before: last?.side, after: side, options: options)
    let findings = try finder.find()
    let check = Check(findings: findings, before: last, side: side, model: model, entry: entry)
    try check.patch()
    try check.changes(expected)
    try check.lines()
    try check.rejects()
    // A sample is enough.
    if seed / 16 % 8 == 0 { reached.note(recording, check) }

    // As it is stored: read again, and the newest entry has its time by then.
    var patch = try Patch(decoding: findings.patch.encoded())
    for index in patch.births.indices where patch.births[index].recordedAt == nil {
      patch.births[index].recordedAt = Self.recorded(entry)
    }
    var kept = side
    kept.patch = patch
    if hasKeys { kept.keys = store.keep(findings.keys, side.reading.keyReading(rule)) }
    states.append(State(side: kept, model: model))
  }

  /// The manifest as it is stored: an edit of an earlier one, or whole if most of the dump is new; and read again.
  private mutating func keep(_ recording: DumpRecorder.Recording) throws -> Manifest {
    if !storesManifests { return recording.manifest }
    var manifest = recording.manifest
    if recording.newBytes * 2 > manifest.byteCount {
      generation = []
      manifest = manifest.withoutUnusedObjects()
    }
    let depth = generation.count
    let parent = depth == 0 ? nil : generation[StateIndex.parentDepth(of: depth)]
    let bytes = StateIndex.encode(manifest, depth: depth, parent: parent)
    let again = try StateIndex(decoding: bytes).manifest(parent: parent?.manifest)
    try require(
      again.isSameDump(as: manifest) && again.objects == manifest.objects, "the stored manifest is another")
    let ref = StateRef(object: "m\(depth)", offset: depth, length: bytes.count, sha256: "\(depth)")
    generation.append(StateIndex.Link(ref: ref, depth: depth, manifest: again))
    return again
  }

  /// Every dump is there byte for byte, and every record of a kept state, whatever came later.
  private func readBack() throws {
    for (number, state) in states.enumerated() {
      let dump = state.model.dump
      try require(
        try bytes(of: state.side.manifest, state.side.blocks) == dump.bytes,
        "dump \(number + 1) is read back otherwise")
      var place = 0
      try unsafe state.side.forEachRecord(in: state.side.manifest.spans.indices) {
        (ordinal, bytes, _) throws(Failure) in
        let isSame = unsafe ordinal == place && Array(bytes) == dump.lines[place].bytes
        if !isSame {
          throw Failure(.badData, "record \(ordinal) of dump \(number + 1) is read back otherwise")
        }
        place += 1
      }
      try require(place == dump.lines.count, "dump \(number + 1) has \(place) records when read back")
    }
    if let refused {
      let reader = BlockReader(refused.manifest, from: store)
      try require(
        try bytes(of: refused.manifest, reader) == refused.dump, "the refused dump is read back otherwise")
    }
  }

  private func bytes(of manifest: Manifest, _ reader: BlockReader) throws -> [UInt8] {
    var dump: [UInt8] = []
    for span in manifest.spans {
      try unsafe reader.withVerifiedBytes(of: span) { (bytes) throws(Failure) in
        dump += unsafe Array(bytes)
        let lines = unsafe bytes.count { $0 == 10 }
        if lines != span.lines { throw Failure(.badData, "a span has \(lines) lines, not \(span.lines)") }
      }
    }
    return dump
  }

  /// Two kept states in any order.
  private func difference(_ first: State, _ second: State, _ reached: inout Reached) throws {
    var options = ChangeFinder.Options()
    options.columns = rule
    options.recordsPerPass = passes
    options.recordsWaiting = max(2, passes / 2)
    options.leastForHashes = leastForHashes
    var finder = ChangeFinder(before: first.side, after: second.side, options: options)
    let findings = try finder.find()
    let check = Check(findings: findings, before: first, side: second.side, model: second.model, entry: 0)
    try check.changes(Model.compare(first.model, second.model, rule).changes)
    try check.lines()
    try require(findings.rejects.isEmpty, "a difference has rejects")
    try require(findings.patch.runs == second.side.patch?.runs, "a difference has another patch")
    reached.differences += 1
  }

  /// All dumps so far, for a person.
  var story: [String] {
    dumps.map { dump in
      "\(dump.reading.format), \(dump.reading.duplicates), key \(dump.reading.key), "
        + "\(text(dump.bytes).debugDescription)"
    }
  }
}
