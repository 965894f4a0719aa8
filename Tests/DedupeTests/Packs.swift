import Basics
import Blocks
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
      format: format, base: base.map { .init($0, hashes: self) }, others: nil, fingerprinter: fingerprinter, pack: name,
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

let fingerprinter = Fingerprinter(secret: (0..<32).map { UInt8($0) })

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

extension RecordParser {
  mutating func parse(_ record: [UInt8]) -> Outcome { unsafe record.withUnsafeBytes { unsafe parse($0) } }
}
