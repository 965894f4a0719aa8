import Basics
import FeedFile
import Proposing
import StrandlineTesting

extension FuzzTarget {
  static let proposals = [FuzzTarget(name: "proposal", longest: 4096, check: proposal)]

  /// Whatever a source sends is refused as bad data, or gets a feed file that means what was found.
  private static func proposal(_ input: [UInt8]) throws {
    var choices = Choices(input)
    let name = choices.pick(["dump", "d.csv.gz", "d.jsonl", "d.tsv", "https://example.org/d.xml?q=1"])
    let bytes = choices.bytes
    var draft = Draft(name: feedName(of: name), location: .path(name))
    let layout: Layout
    do throws(Failure) {
      layout = try Layout.propose(raw: bytes, sample: Sample(of: bytes), name: name)
    } catch {
      let isExpat = error.kind == .settings && error.message.contains("libexpat1")
      return try require(error.kind == .badData || isExpat, "refused as \(error.kind): \(error)")
    }
    draft.layout = layout
    // Throws if it would be read otherwise.
    _ = try draft.text()
    guard !layout.conversion.changesText, Layout.compression(raw: bytes) == .none else { return }
    let survey = KeySurvey(
      layout.format, randomness: SeededRandomness(seed: 5), rows: MemoryScratch(), parts: MemoryScratch(),
      limit: 3)
    do throws(Failure) {
      draft.key = try unsafe survey.find { () throws(Failure) in
        var position = 0
        return { (room) throws(Failure) in
          let count = min(room.count, bytes.count - position)
          unsafe room.copyBytes(from: bytes[position..<position + count])
          position += count
          return count
        }
      }
    } catch {
      return try require(error.kind == .badData, "refused as \(error.kind): \(error)")
    }
    let key = try draft.feed().key
    try require(key == draft.key?.key, "the key \(key) is not \(draft.key?.key ?? [])")
    try require(
      draft.key.map { $0.distinct <= $0.records } ?? false, "more different records than records: \(bytes)")
  }
}
