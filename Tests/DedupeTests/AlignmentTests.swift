import Blocks
import Dedupe
import Hashing
import StrandlineTesting
import Testing

@Suite struct AlignmentTests {
  private func spans(_ names: [Int]) -> [Span] {
    names.map { name in
      Span(
        kind: .block, fingerprint: Fingerprint(high: 1, low: UInt64(name)), length: 10, records: 1, lines: 1,
        object: 0, frameOffset: 0, frameLength: 0, offset: 0, firstRecord: 0)
    }
  }

  /// Length of a longest common subsequence, by the book.
  private func longest(_ a: [Int], _ b: [Int]) -> Int {
    var row = [Int](repeating: 0, count: b.count + 1)
    for x in a {
      var diagonal = 0
      for place in b.indices {
        let above = row[place + 1]
        row[place + 1] = x == b[place] ? diagonal + 1 : max(above, row[place])
        diagonal = above
      }
    }
    return row[b.count]
  }

  @Test(arguments: 0..<300) func coversBothAndPairsTheSame(seed: Int) {
    var generator = SplitMix64(seed)
    let isUnique = generator.oneIn(2)
    let names = isUnique ? 1000 : 8
    var old = (0..<generator.below(40)).map { isUnique ? $0 : generator.below(names) }
    if isUnique { old.shuffle(using: &generator) }
    var new = old
    for _ in 0..<generator.below(8) {
      let place = generator.below(new.count + 1)
      if generator.oneIn(2) {
        new.insert(isUnique ? 100 + generator.below(1 << 40) : generator.below(names), at: place)
      } else if place < new.count {
        let name = new.remove(at: place)
        if generator.oneIn(2) { new.insert(name, at: generator.below(new.count + 1)) }
      }
    }
    var alignment = Alignment(spans(old), spans(new))
    #expect(covers(alignment, old, new), "seed \(seed)")
    let same = alignment.segments.reduce(0) { $0 + ($1.isSame ? $1.after.count : 0) }
    if isUnique { #expect(same == longest(old, new), "seed \(seed)") }

    let odd = Set((0..<40).filter { _ in generator.oneIn(5) })
    alignment.demote { _, after in odd.contains(after) }
    #expect(covers(alignment, old, new), "seed \(seed)")
    #expect(alignment.segments.allSatisfy { !$0.isSame || odd.isDisjoint(with: $0.after) })
  }

  private func covers(_ alignment: Alignment, _ old: [Int], _ new: [Int]) -> Bool {
    var (before, after) = (0, 0)
    for segment in alignment.segments {
      if segment.before.lowerBound != before || segment.after.lowerBound != after { return false }
      if segment.isSame, Array(old[segment.before]) != Array(new[segment.after]) { return false }
      (before, after) = (segment.before.upperBound, segment.after.upperBound)
    }
    return before == old.count && after == new.count
  }
}
