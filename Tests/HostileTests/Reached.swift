import Blocks
import Dedupe
import Hashing
import Records

/// How much of what is hard to reach was reached.
struct Reached {
  var dumps = 0
  var bytes = 0
  /// Dumps of several blocks, and those with a part of an earlier block.
  var manyBlocks = 0
  var slices = 0
  var knownSpans = 0
  var changes = 0
  var conflicts = 0
  var promotions = 0
  var rejects = 0
  var oversized = 0
  var otherReadings = 0
  /// Dumps that came again and were cut otherwise.
  var recut = 0
  var differences = 0
  /// Two dumps that were compared side by side.
  var inStep = 0

  mutating func note(_ recording: DumpRecorder.Recording, _ check: Check) {
    dumps += 1
    bytes += check.model.dump.bytes.count
    let blocks = recording.manifest.spans.filter { $0.kind == .block }
    if blocks.count > 1 { manyBlocks += 1 }
    if recording.manifest.spans.contains(where: { $0.kind == .oversized }) { oversized += 1 }
    changes += check.findings.changes.count
    rejects += check.findings.rejects.count
    conflicts += check.findings.counts.conflicts
    guard let before = check.before else { return }
    let isRepeated =
      before.model.dump.bytes == check.model.dump.bytes && before.side.reading == check.side.reading
    if isRepeated, !before.side.manifest.isSameDump(as: check.side.manifest) { recut += 1 }
    if before.side.reading != check.side.reading { otherReadings += 1 }
    let old = before.side.manifest.spans
    if blocks.contains(where: { new in old.contains { $0.isSame(as: new) } }) { knownSpans += 1 }
    let isSlice = blocks.contains { new in
      new.object < before.side.manifest.objects.count && !old.contains { $0.isSame(as: new) }
    }
    if isSlice { slices += 1 }
    var taken: Set<[UInt8]> = []
    for (line, tag) in zip(before.model.dump.lines, before.model.tags)
    where tag == .conflict || tag == .duplicate {
      taken.insert(line.bytes)
    }
    if taken.isEmpty || before.side.reading != check.side.reading { return }
    for (line, tag) in zip(check.model.dump.lines, check.model.tags)
    where tag.isTaken && taken.contains(line.bytes) {
      promotions += 1
    }
  }
}
