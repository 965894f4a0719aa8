import Basics
import History
import Stages

/// Whether history can be had again from what is kept of it.
extension Check {
  /// All runs, taken again into another store, come to what they came to then, and leave the same behind.
  func checkReplay(_ model: Model, _ context: StageContext) throws(Failure) {
    let other = try world.elsewhere(feed)
    let replay = try Replay(from: context, into: other)
    var done: [String: [String]] = [:]
    try replay.take(replay.runs(from: nil, to: nil), isUpToNow: true, settings: nil) {
      (comparison) throws(Failure) in
      done[comparison.then.run] = comparison.differences
    }
    world.count("replays in calm")
    for entry in model.entries where entry.head.restored == nil && entry.head.corrects == nil {
      world.expect(
        done[entry.head.run] != nil, .replayed,
        "\(feed.name): run \(entry.head.run), entry \(entry.head.seq), is not replayed")
    }
    // What was corrected is not corrected again: what came after was compared with something else.
    if model.entries.contains(where: { $0.head.corrects != nil }) { return }
    for (run, differences) in done.sorted(by: { $0.key < $1.key }) {
      world.expect(
        differences.isEmpty, .replayed, "\(feed.name): run \(run): \(differences.joined(separator: "; "))")
    }
    guard let newest = model.entries.last?.head.validFrom else { return }
    let rows = Lines()
    try HistoryQuery(other).asOf(newest, knownAt: nil, to: rows)
    world.expect(
      rows.lines == model.entries[model.entries.count - 1].set.map { "{\($0.members)}" }, .replayed,
      "\(feed.name): the newest set of the replay is another")
  }
}
