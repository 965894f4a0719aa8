import Basics
import Blocks
import Coordination
import FeedFile
import FeedSources
import Hashing
import History
import Records

/// Streams a dump into the store: what the store has is recognised, what is new becomes a pack.
struct DumpTaker {
  /// Little enough to be hashed where the processor still has it at hand.
  private static let chunk = 128 << 10
  private static let packChunk = 1 << 20

  let context: StageContext
  let feed: Feed
  let run: String
  let lease: Lease
  let head: Head?

  /// What became of a dump.
  enum Taken {
    /// It is the head's own, read in the same way.
    case unchanged
    /// It is one that was taken back, read in the same way: it is not kept again.
    case undone(Undone)
    /// It is kept.
    case kept(RunReport.Dump)
  }

  /// - Parameter settings: the name of the feed's settings.
  func take(_ body: any SourceBody, settings: String) throws(Failure) -> Taken {
    let sameSettings = head?.state.settings == settings
    let undone = (head?.undone ?? []).filter { $0.settings == settings }
    var chain = try head.map { (head) throws(Failure) in try context.states.chain(head.state.manifest) } ?? []
    // Fingerprints of another kind say nothing: then the dump is stored as if it were the first.
    if chain.last?.manifest.fingerprinter.algorithm != feed.fingerprints { chain = [] }
    let base = chain.last
    let refused = try refusedDump(chain)
    var others = refused?.manifest
    if others == nil, let last = undone.first {
      others = try context.states.chain(last.manifest, read: chain).last?.manifest
    }
    let fingerprinter =
      base?.manifest.fingerprinter ?? refused?.manifest.fingerprinter
      ?? Fingerprinter(
        secret: context.randomness.bytes(Fingerprinter.secretLength), algorithm: feed.fingerprints)
    let path = "\(base == nil ? "bases" : "packs")/\(run).\(lease.token)"
    let isSameFormat = try isSameFormat(sameSettings)
    var recorder = DumpRecorder(
      format: feed.source.format,
      base: base.map { .init($0.manifest, hashes: context.states.ranges(), sameFormat: isSameFormat) },
      others: others, fingerprinter: fingerprinter, pack: path, expectedBytes: body.expectedBytes)
    var writer: FeedObjectWriter?
    var digest = undone.isEmpty ? nil : SHA256()
    try stream(body, into: &recorder, &digest, writer: &writer, path: path)
    let recording = recorder.finish()

    let complaint = body.complaint
    if let base, sameSettings, recording.broken == nil, complaint == nil,
      recording.manifest.isSameDump(as: base.manifest)
    {
      return .unchanged
    }
    if let digest {
      let sha256 = hex(digest.digest())
      if let same = undone.first(where: { $0.sha256 == sha256 }) { return .undone(same) }
    }
    let mark = SourceMark(etag: body.etag, lastModified: body.lastModified)
    var dump = try describe(recording, mark)
    dump.unexpected = complaint
    if let refused, recording.manifest.isSameDump(as: refused.manifest), !recorder.hasNewBlocks {
      // Only the bytes are the same: the settings, and the head that it is compared with, may be others.
      dump.manifest = refused.dump.manifest
      dump.depth = refused.dump.depth
      dump.base = refused.dump.base
      dump.objects = refused.dump.objects
      dump.packs = refused.dump.packs
      return .kept(dump)
    }
    // What has next to nothing in common with the last dump is laid out in order already: it is its own base.
    let kept = recording.manifest.byteCount - recording.newBytes
    let isBase = base == nil || kept * 16 < recording.manifest.byteCount
    let manifest = isBase ? recording.manifest.withoutUnusedObjects() : recording.manifest
    let depth = isBase ? 0 : (base?.depth ?? -1) + 1
    let section = StateIndex.encode(manifest, after: isBase ? [] : chain)
    let place = recorder.addSection(section)
    if writer == nil { writer = try context.folder.create(path) }
    guard let writer else { throw Failure(.software, "a pack without a writer") }
    let sectionBytes = try finish(&recorder, writer, sectionLength: place.count)
    let pack = try writer.commit()
    dump.manifest = StateRef(
      object: path, offset: place.lowerBound, stored: sectionBytes, isEdit: depth > 0)
    dump.depth = depth
    dump.base = depth == 0 ? path : chain.first?.ref.object ?? path
    dump.objects = manifest.objects.count
    dump.packBytes = pack.bytes
    dump.note(pack, of: manifest, after: refused?.dump.packs)
    return .kept(dump)
  }

  private func stream(
    _ body: any SourceBody, into recorder: inout DumpRecorder, _ digest: inout SHA256?,
    writer: inout FeedObjectWriter?, path: String
  ) throws(Failure) {
    var window = ByteBuffer(capacity: Self.chunk * 2)
    var total = 0
    while true {
      let count = try unsafe window.append(atMost: Self.chunk) { (room) throws(Failure) in
        try unsafe body.read(into: room)
      }
      unsafe digest?.update(UnsafeRawBufferPointer(rebasing: window.bytes.suffix(count)))
      total += count
      window.removeFirst(try unsafe recorder.take(window.bytes, atEnd: count == 0))
      if recorder.hasNewBlocks, writer == nil { writer = try context.folder.create(path) }
      if let writer {
        try unsafe recorder.drain(atLeast: Self.packChunk) { (bytes) throws(Failure) in
          try unsafe writer.write(bytes)
        }
      }
      context.log.progress("fetch", done: total, total: body.expectedBytes)
      if count == 0 { return }
    }
  }

  /// Writes what is left of the pack; returns its last `sectionLength` bytes.
  private func finish(
    _ recorder: inout DumpRecorder, _ writer: FeedObjectWriter, sectionLength: Int
  ) throws(Failure) -> [UInt8] {
    var section: [UInt8] = []
    try unsafe recorder.drain { (bytes) throws(Failure) in
      section = unsafe Array(bytes.suffix(sectionLength))
      try unsafe writer.write(bytes)
    }
    return section
  }

  private func describe(_ recording: DumpRecorder.Recording, _ mark: SourceMark) throws(Failure)
    -> RunReport.Dump
  {
    var header: [String] = []
    var broken = recording.broken
    if let bytes = recording.header, case .csv(let delimiter) = feed.source.format {
      do {
        header = try Header.parse(bytes, delimiter: delimiter)
      } catch {
        broken = broken ?? "the header cannot be read: \(error.message)"
      }
    }
    return RunReport.Dump(
      manifest: StateRef(object: "", offset: 0, length: 0, sha256: ""), depth: 0, base: "",
      objects: recording.manifest.objects.count, header: header,
      bytes: recording.manifest.byteCount, newBytes: recording.newBytes, packBytes: 0, source: mark,
      broken: broken, early: Self.early(recording, before: head), endsOpen: recording.ending == .unterminated)
  }

  /// Why the dump looks as if it had ended early.
  static func early(_ recording: DumpRecorder.Recording, before head: Head?) -> String? {
    switch recording.ending {
    case .insideQuotes: "it ends inside a quoted field"
    case .unterminated where head.map { !$0.state.endsOpen } ?? false:
      "its last line has no line end, although the last dump's had one"
    default: nil
    }
  }

  /// Whether the head's dump was cut into blocks by the same rules.
  private func isSameFormat(_ sameSettings: Bool) throws(Failure) -> Bool {
    guard let head, !sameSettings else { return true }
    return try context.settings(head.state.settings).source.format == feed.source.format
  }

  /// The dump of the last run that was refused, whose blocks need not be stored again.
  private func refusedDump(
    _ read: [StateIndex.Link]
  ) throws(Failure) -> (dump: RunReport.Dump, manifest: Manifest)? {
    guard let run = lease.refusedRun, let report = try context.runs.answer(run, .dedupe)?.data,
      let dump = report.dump
    else { return nil }
    let settings = try context.settings(report.settings)
    guard settings.source.format == feed.source.format, settings.fingerprint == feed.fingerprint,
      let manifest = try context.states.chain(dump.manifest, read: read).last?.manifest
    else { return nil }
    return (dump, manifest)
  }
}
