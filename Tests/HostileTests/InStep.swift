import Basics
import Blocks
import Dedupe
import Hashing
import Records
import StrandlineTesting

/// A file in memory that gives as little at once as it likes.
final class MemoryFile: DumpFile {
  let name = "memory"
  private let bytes: [UInt8]
  private var generator: SplitMix64
  /// The most that it gives at once.
  var most: Int

  init(_ bytes: [UInt8], most: Int, seed: Int) {
    self.bytes = bytes
    self.most = most
    generator = SplitMix64(seed)
  }

  func read(_ range: Range<Int>, to output: inout ByteBuffer) throws(Failure) {
    let start = min(range.lowerBound, bytes.count)
    var end = min(range.upperBound, bytes.count)
    if most < end - start { end = start + 1 + generator.below(most) }
    unsafe bytes.withUnsafeBytes { unsafe output.append(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
  }
}

extension Chain {
  /// Two dumps as files that are read side by side.
  func compareInStep(_ first: Dump, _ second: Dump, _ reached: inout Reached) throws {
    if first.reading != second.reading { return }
    // How long a record may be is not to be chosen here.
    if (first.lines + second.lines).contains(where: { $0.bytes.count > feed.maximum }) { return }
    let most = [1, 7, 100, 3000, 1 << 20][seed % 5]
    let files = [first, second].map { MemoryFile($0.bytes, most: most, seed: seed) }
    var options = ChangeFinder.Options()
    options.columns = rule
    options.validFrom = Self.birth(1)
    options.recordsPerPass = passes
    options.leastForHashes = leastForHashes
    let both = Lockstep.compare(
      files[0], files[1], format: first.reading.format, options: options, fingerprinter
    ) { $0 == first.reading.header ? first.reading : nil }
    guard let both else {
      let isOdd =
        first.ending == .insideQuotes || second.ending == .insideQuotes || first.bytes.isEmpty
        || second.bytes.isEmpty || first.isDocument || first.isCSV && !(first.hasHeader && second.hasHeader)
      return try require(isOdd, "two files are not compared in step")
    }
    for file in files { file.most = .max }
    reached.inStep += 1
    try require(both.before.manifest.byteCount == first.bytes.count, "bytes of the earlier file are missing")
    try require(both.after.manifest.byteCount == second.bytes.count, "bytes of the later file are missing")

    let firstModel = Model(first, rule, entry: 1)
    var deciding = ChangeFinder(before: nil, after: both.before, options: options, look: both.look)
    let decided = try deciding.find()
    let look = Check(findings: decided, before: nil, side: both.before, model: firstModel, entry: 1)
    try look.patch()
    try look.changes([])
    try look.rejects()

    var before = both.before
    var patch = decided.patch
    for index in patch.births.indices { patch.births[index].recordedAt = Self.recorded(1) }
    before.patch = patch
    if hasKeys { before.keys = Store().keep(decided.keys, first.reading.keyReading(rule)) }
    var secondModel = Model(second, rule, entry: 2)
    let (changes, same) = Model.compare(firstModel, secondModel, rule)
    secondModel.inherit(from: firstModel, same)
    options.entry = 2
    options.validFrom = Self.birth(2)
    var finder = ChangeFinder(before: before, after: both.after, options: options)
    let findings = try finder.find()
    let check = Check(
      findings: findings, before: State(side: before, model: firstModel), side: both.after,
      model: secondModel, entry: 2)
    try check.patch()
    try check.changes(changes)
    try check.lines()
    try check.rejects()
  }
}

extension Dump {
  fileprivate var isDocument: Bool { if case .json = reading.format { true } else { false } }
}
