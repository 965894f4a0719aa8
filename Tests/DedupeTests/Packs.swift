import Basics
import Blocks
import Dedupe
import Hashing
import Records

/// Objects in memory, by key.
final class Packs: RangeSource {
  var objects: [String: [UInt8]] = [:]

  func read(_ object: String, range: Range<Int>, to output: inout ByteBuffer) throws(Failure) {
    guard let bytes = objects[object], range.upperBound <= bytes.count else {
      throw Failure(.badData, "\(object) is shorter than recorded")
    }
    output.append(Array(bytes[range]))
  }

  /// Records a dump, whose blocks are in the base or become a pack.
  func record(
    _ dump: [UInt8], _ format: Format, base: Manifest?, as name: String,
    maxRecordBytes: Int = DumpScanner.maxRecordBytes
  ) throws(Failure) -> DumpRecorder.Recording {
    var recorder = DumpRecorder(
      format: format, base: base.map { .init($0, hashes: self) }, others: nil, fingerprinter: fingerprinter,
      pack: name,
      maxRecordBytes: maxRecordBytes)
    let taken = try unsafe dump.withUnsafeBufferPointer { (bytes) throws(Failure) in
      try unsafe recorder.take(UnsafeRawBufferPointer(bytes), atEnd: true)
    }
    precondition(taken == dump.count)
    let recording = recorder.finish()
    unsafe recorder.drain { objects[name] = unsafe Array($0) }
    return recording
  }
}

/// Short keys in memory, by object and by how keys are read.
final class Keys: KeySource {
  private var keys: [String: [UInt32]] = [:]
  let keyReading: String
  /// How many spans were asked for, and of how many the keys are known.
  private(set) var asked = (all: 0, known: 0)

  init(_ keyReading: String, after other: Keys?) {
    self.keyReading = keyReading
    if let other, other.keyReading == keyReading { keys = other.keys }
  }

  func note(_ found: [ObjectKeys]) { for object in found { keys[object.object] = object.keys } }

  func appendKeys(
    of span: Span, in manifest: Manifest, to output: inout ByteBuffer
  ) throws(Failure) -> Bool {
    asked.all += 1
    guard let known = keys[manifest.objects[Int(span.object)].key],
      span.storedRecords.upperBound <= known.count
    else { return false }
    asked.known += 1
    for key in known[span.storedRecords] {
      for shift in [0, 8, 16, 24] { output.append(UInt8(truncatingIfNeeded: key >> UInt32(shift))) }
    }
    return true
  }
}

let fingerprinter = Fingerprinter(secret: (0..<32).map { UInt8($0) })

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

extension RecordParser {
  mutating func parse(_ record: [UInt8]) -> Outcome { unsafe record.withUnsafeBytes { unsafe parse($0) } }
}
