import Basics
import Blocks
import Dedupe
import Hashing
import Records
import StrandlineTesting

/// Objects in memory, by key.
final class Store: RangeSource {
  var objects: [String: [UInt8]] = [:]
  /// The record hashes of objects that are dumps themselves.
  var hashes: [String: [UInt64]] = [:]
  /// The short keys of their records, by how they are read.
  var keys: [String: Keys] = [:]

  func read(_ object: String, range: Range<Int>, to output: inout ByteBuffer) throws(Failure) {
    guard let bytes = objects[object], range.lowerBound >= 0, range.upperBound <= bytes.count else {
      throw Failure(.badData, "\(object) is shorter than recorded")
    }
    unsafe bytes.withUnsafeBytes { unsafe output.append(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  func readHashes(_ object: String, range: Range<Int>, to output: inout ByteBuffer) throws(Failure) {
    guard let own = hashes[object] else { return try read(object, range: range, to: &output) }
    guard range.upperBound <= own.count * 8 else { throw Failure(.badData, "\(object) has fewer hashes") }
    unsafe own.withUnsafeBytes { unsafe output.append(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }
}

/// The short keys of stored records, for one way of reading them.
final class Keys: KeySource {
  let keyReading: String
  var keys: [String: [UInt8]] = [:]

  init(_ keyReading: String) { self.keyReading = keyReading }

  func appendKeys(
    of span: Span, in manifest: Manifest, to output: inout ByteBuffer
  ) throws(Failure) -> Bool {
    let range = Int(span.firstRecord) * 4..<span.storedRecords.upperBound * 4
    guard let own = keys[manifest.objects[Int(span.object)].key], range.upperBound <= own.count else {
      return false
    }
    unsafe own.withUnsafeBytes { unsafe output.append(UnsafeRawBufferPointer(rebasing: $0[range])) }
    return true
  }
}

extension Store {
  /// Keeps short keys next to others that are read the same way; what is there already stays.
  func keep(_ new: [ObjectKeys], _ keyReading: String) -> Keys {
    let known = keys[keyReading] ?? Keys(keyReading)
    keys[keyReading] = known
    for object in new where known.keys[object.object] == nil {
      var bytes = ByteBuffer()
      object.append(object.keys.indices, to: &bytes)
      known.keys[object.object] = bytes.array()
    }
    return known
  }
}

/// How a dump is recorded.
struct RecordingPlan {
  var base: DumpRecorder.Base?
  var others: Manifest?
  var fingerprinter: Fingerprinter
  var isInPlace: Bool
  var maximum: Int
  /// The longest window: so many bytes come at once, at most.
  var window: Int

  /// The one place that makes a recorder.
  private func recorder(_ format: Format, as name: String) -> DumpRecorder {
    DumpRecorder(
      format: format, base: base, others: others, fingerprinter: fingerprinter, pack: name,
      isInPlace: isInPlace,
      maxRecordBytes: maximum)
  }

  /// Records a dump that comes in windows of random sizes, and keeps its pack.
  func record(
    _ dump: [UInt8], _ format: Format, in store: Store, as name: String, _ generator: inout SplitMix64
  ) throws -> DumpRecorder.Recording {
    var recorder = recorder(format, as: name)
    var pack: [UInt8] = []
    var (start, end) = (0, 0)
    var isOver = false
    try unsafe dump.withUnsafeBytes { bytes in
      while !isOver {
        isOver = end == dump.count
        end = min(dump.count, end + (window == 1 ? 1 : 1 + generator.below(window)))
        let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        start += try unsafe recorder.take(part, atEnd: isOver)
        unsafe recorder.drain(atLeast: window) { pack += unsafe Array($0) }
      }
    }
    try require(start == dump.count, "of \(dump.count) bytes only \(start) were taken")
    let recording = recorder.finish()
    unsafe recorder.drain { pack += unsafe Array($0) }
    store.objects[name] = isInPlace ? dump : pack
    if isInPlace { store.hashes[name] = recording.hashes }
    return recording
  }
}

/// What is not as it should be, in a chain that comes from a seed.
struct Mismatch: Error, CustomStringConvertible {
  var description: String
}

func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(Mismatch) {
  if !condition { throw Mismatch(description: message()) }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
