import Basics
import Blocks
import Hashing
import Records

/// Objects in memory, by key.
final class Packs: RangeSource {
  var objects: [String: [UInt8]] = [:]

  func read(_ object: String, range: Range<Int>, to output: inout ByteBuffer) throws(Failure) {
    guard let bytes = objects[object], range.lowerBound >= 0, range.upperBound <= bytes.count else {
      throw Failure(.badData, "\(object) is damaged: it is shorter than recorded")
    }
    output.append(Array(bytes[range]))
  }

  /// The bytes of a manifest's spans, each proved to be what was stored.
  func bytes(of manifest: Manifest) throws(Failure) -> [UInt8] {
    let reader = BlockReader(manifest, from: self)
    var dump: [UInt8] = []
    for span in manifest.spans {
      dump += try unsafe reader.withVerifiedBytes(of: span) { unsafe Array($0) }
    }
    return dump
  }
}

let fingerprinter = Fingerprinter(secret: (0..<32).map { UInt8($0) })

/// Records a dump that streams by in windows of random sizes, and keeps its pack.
func record(
  _ dump: [UInt8], _ format: Format, base: Manifest? = nil, sameFormat: Bool = true, others: Manifest? = nil,
  into packs: Packs,
  as name: String, maxRecordBytes: Int = DumpScanner.maxRecordBytes, window: () -> Int = { 256 << 10 }
) throws(Failure) -> DumpRecorder.Recording {
  var recorder = DumpRecorder(
    format: format, base: base.map { .init($0, hashes: packs, sameFormat: sameFormat) }, others: others,
    fingerprinter: fingerprinter, pack: name, maxRecordBytes: maxRecordBytes)
  var pack: [UInt8] = []
  var (start, end) = (0, 0)
  var isOver = false
  while !isOver {
    isOver = end == dump.count
    end = min(dump.count, end + window())
    let part = Array(dump[start..<end])
    start += try unsafe part.withUnsafeBufferPointer { (bytes) throws(Failure) in
      try unsafe recorder.take(UnsafeRawBufferPointer(bytes), atEnd: isOver)
    }
    unsafe recorder.drain(atLeast: window()) { pack += unsafe Array($0) }
  }
  precondition(start == dump.count, "something was left")
  let recording = recorder.finish()
  unsafe recorder.drain { pack += unsafe Array($0) }
  precondition(recorder.hasNewBlocks == !pack.isEmpty)
  packs.objects[name] = pack
  return recording
}

/// All of a span, to be compared.
struct SpanValue: Hashable {
  let values: [UInt64]

  init(_ span: Span) {
    values = [
      UInt64(span.kind.rawValue), span.fingerprint.high, span.fingerprint.low, UInt64(span.length),
      UInt64(span.records), UInt64(span.lines), UInt64(span.object), span.frameOffset,
      UInt64(span.frameLength),
      UInt64(span.offset), UInt64(span.firstRecord),
    ]
  }
}

extension Manifest {
  var values: [SpanValue] { spans.map { SpanValue($0) } }
}
