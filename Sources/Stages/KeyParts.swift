import Basics
import Blocks
import Dedupe
import FeedFile
import History
import Records

/// A key of several parts, one of which is misspelt, still tells most records apart: nobody would notice. In CSV the header
/// shows it.
extension Guards {
  /// What is wrong with the key of a dump that is the first one with it; nil if nothing is.
  /// - Parameter isNew: whether the feed had another key before.
  /// - Throws: what reading the dump throws.
  func refusal(ofKeyIn dump: Side, taken patch: Patch, isNew: Bool) throws(Failure) -> Failure? {
    let absent = try dump.absentKeyParts(taken: patch)
    if absent.isEmpty { return nil }
    let names = absent.map { "\"\($0)\"" }.joined(separator: ", ")
    return Failure(
      .badData,
      "no record has \(names), which is part of `key`: mend that in the feed file"
        + (run.map { "; if it is right all the same: \(address.accept($0, rekey: isNew))" } ?? ""))
  }
}

extension Side {
  /// The parts of the key that none of the records has that were taken. Reads on until each was seen, so mostly one block.
  fileprivate func absentKeyParts(taken patch: Patch) throws(Failure) -> [String] {
    if case .csv = reading.format { return [] }
    guard reading.key.count > 1 else { return [] }
    var side = self
    side.patch = patch
    var cursor = PatchCursor(patch)
    var parser = RecordParser(format: reading.format, header: reading.header, key: reading.key)
    var absent = Array(reading.key.indices)
    var hasRecords = false
    for index in manifest.spans.indices where !absent.isEmpty {
      try side.forEachTaken(in: index..<index + 1, &cursor, &parser) { (_, parser) throws(Failure) in
        hasRecords = true
        absent.removeAll { parser.hasKeyPart($0) }
      }
    }
    return hasRecords ? absent.map { reading.key[$0] } : []
  }
}
