public import Basics
import Blocks
public import Dedupe
public import FeedFile
import Hashing
import Records

/// Compares two dumps that are files, without any store: what `dedupe --before A --input B` does.
public struct FileComparison {
  private static let chunk = 1 << 20
  /// How many rejects are shown.
  private static let sample = 1000
  private let feed: Feed
  private let guards: Guards
  private let fingerprinter: Fingerprinter

  /// Compares by a feed's settings.
  public init(_ feed: Feed, randomness: any Randomness) {
    self.feed = feed
    guards = Guards(feed: feed, run: nil)
    fingerprinter = Fingerprinter(
      secret: randomness.bytes(Fingerprinter.secretLength), algorithm: feed.fingerprints)
  }

  /// Finds what changed, and writes it as JSON Lines: `op`, `key`, `before`, `after`.
  /// - Returns: one line for people.
  /// - Throws: ``Failure/Kind/badData`` if the later dump would be refused, or one of them cannot be read.
  public func compare(
    before: any DumpFile, after: any DumpFile, write: (UnsafeRawBufferPointer) throws(Failure) -> Void,
    reject: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) -> String {
    var options = ChangeFinder.Options()
    options.columns = feed.columnRule
    let both = try inStep(before, after, options)
    let (old, new) = if let both { both } else { try oneByOne(before, after, options) }
    var finder = ChangeFinder(before: old, after: new, options: options)
    let findings = try finder.find()
    var line = ByteBuffer()
    var rejects = RejectWriter(new)
    for item in findings.rejects.prefix(Self.sample) {
      line.truncate()
      try rejects.append(item, to: &line)
      try unsafe reject(line.bytes)
    }
    let quarantined = Quarantined(findings: findings, dump: new, place: nil, isExplained: false)
    if let refusal = try guards.refusal(of: quarantined, isAccepted: false) {
      throw Failure(refusal.kind, "\(after.name): \(refusal.message)")
    }
    var changes = ChangeWriter(before: old, after: new, newestRecordedAt: nil, showsTimes: false)
    for change in findings.changes {
      line.truncate()
      try changes.append(change, to: &line)
      try unsafe write(line.bytes)
    }
    return findings.counts.line
  }

  /// Both sides, if the files can be read side by side.
  private func inStep(
    _ before: any DumpFile, _ after: any DumpFile, _ options: ChangeFinder.Options
  ) throws(Failure) -> (old: Side, new: Side)? {
    let both = Lockstep.compare(before, after, format: feed.source.format, options: options, fingerprinter) {
      header in
      guards.refusal(header: header, broken: nil) == nil ? feed.reading(header: header) : nil
    }
    guard let both else { return nil }
    return (try decide(both.before, options, look: both.look), both.after)
  }

  /// Both sides, one after the other: whatever is wrong with one of them is found out.
  private func oneByOne(
    _ before: any DumpFile, _ after: any DumpFile, _ options: ChangeFinder.Options
  ) throws(Failure) -> (old: Side, new: Side) {
    let source = FileRanges([before, after])
    let old = try decide(side(before, base: nil, number: 0, source), options, look: nil)
    return (old, try side(after, base: old.manifest, number: 1, source))
  }

  /// Decides what of the earlier file is taken.
  private func decide(
    _ side: Side, _ options: ChangeFinder.Options, look: FirstLook.Found?
  ) throws(Failure) -> Side {
    var deciding = ChangeFinder(before: nil, after: side, options: options, look: look)
    let decided = try deciding.find()
    var side = side
    side.patch = decided.patch
    side.keys = FileKeys(decided.keys, side.reading.keyReading(feed.columnRule))
    return side
  }

  private func side(
    _ input: any DumpFile, base: Manifest?, number: Int, _ source: FileRanges
  ) throws(Failure) -> Side {
    var recorder = DumpRecorder(
      format: feed.source.format, base: base.map { .init($0, hashes: source) }, others: nil,
      fingerprinter: fingerprinter, pack: "\(number)", isInPlace: true)
    var window = ByteBuffer(capacity: Self.chunk * 2)
    var position = 0
    while true {
      let held = window.count
      try input.read(position..<position + Self.chunk, to: &window)
      let count = window.count - held
      position += count
      window.removeFirst(try unsafe recorder.take(window.bytes, atEnd: count == 0))
      if count == 0 { break }
    }
    let recording = recorder.finish()
    var broken = recording.broken
    var header: [String] = []
    if let bytes = recording.header, case .csv(let delimiter) = feed.source.format {
      do { header = try Header.parse(bytes, delimiter: delimiter) } catch { broken = broken ?? error.message }
    }
    let early = DumpTaker.early(recording, before: nil)
    if let refusal = guards.refusal(header: header, broken: broken) ?? guards.refusal(early: early) {
      throw Failure(refusal.kind, "\(input.name): \(refusal.message)")
    }
    source.hashes.append(recording.hashes)
    let manifest = recording.manifest
    return Side(
      manifest: manifest, reading: feed.reading(header: header), patch: nil,
      blocks: BlockReader(manifest, from: source))
  }
}

/// The short keys of the earlier file's records.
private final class FileKeys: KeySource {
  let keyReading: String
  private let objects: [ObjectKeys]

  init(_ objects: [ObjectKeys], _ keyReading: String) {
    self.objects = objects
    self.keyReading = keyReading
  }

  func appendKeys(
    of span: Span, in manifest: Manifest, to output: inout ByteBuffer
  ) throws(Failure) -> Bool {
    let object = manifest.objects[Int(span.object)].key
    guard let known = objects.first(where: { $0.object == object }),
      span.storedRecords.upperBound <= known.keys.count
    else { return false }
    known.append(span.storedRecords, to: &output)
    return true
  }
}

/// The two files as objects "0" and "1".
private final class FileRanges: RangeSource {
  private let inputs: [any DumpFile]
  /// Of the records of each, as far as they were taken.
  var hashes: [[UInt64]] = []

  init(_ inputs: [any DumpFile]) { self.inputs = inputs }

  func read(_ object: String, range: Range<Int>, to output: inout ByteBuffer) throws(Failure) {
    let before = output.count
    let input = inputs[object == "0" ? 0 : 1]
    try input.read(range, to: &output)
    guard output.count - before == range.count else {
      throw Failure(.tryAgain, "\(input.name) became shorter while it was being read")
    }
  }
  func readHashes(_ object: String, range: Range<Int>, to output: inout ByteBuffer) throws(Failure) {
    unsafe hashes[object == "0" ? 0 : 1].withUnsafeBytes {
      unsafe output.append(UnsafeRawBufferPointer(rebasing: $0[range]))
    }
  }
}
