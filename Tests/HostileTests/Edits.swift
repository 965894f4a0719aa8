import Dedupe
import StrandlineTesting

/// What happens to a source between two runs.
extension Feed {
  mutating func edit(_ generator: inout SplitMix64) {
    isVoid = generator.oneIn(60)
    if isVoid { return }
    for _ in 0..<generator.pick([0, 1, 1, 1, 2, 3, 6]) { editRows(&generator) }
    if generator.oneIn(5) { editEnd(&generator) }
    if generator.oneIn(6) { editReading(&generator) }
    if rows.count > rowLimit + 20 { rows.removeLast(rows.count - rowLimit) }
  }

  private mutating func editRows(_ generator: inout SplitMix64) {
    let place = generator.below(rows.count + 1)
    guard place < rows.count else { return rows.append(row(&generator)) }
    let length = generator.oneIn(2) ? 1 : 1 + generator.below(min(8, rows.count - place))
    let stretch = place..<place + min(length, rows.count - place)
    let elsewhere = generator.below(rows.count + 1)
    switch generator.below(16) {
    case 0, 1: rows.insert(row(&generator), at: place)
    case 2, 3: rows.remove(at: place)
    case 4: rows[place] = row(&generator)
    case 5, 6: change(&rows[place], &generator)
    case 7: rows[place].style = UInt64(generator.below(1000))
    case 8: rows[place].endsWithCR.toggle()
    case 9: rows.insert(rows[place], at: elsewhere)
    case 10: rows.insert(contentsOf: rows[stretch], at: elsewhere)
    case 11:
      let moved = Array(rows[stretch])
      rows.removeSubrange(stretch)
      rows.insert(contentsOf: moved, at: min(elsewhere, rows.count))
    case 12: rows.removeSubrange(stretch)
    case 13: rows.swapAt(place, elsewhere % rows.count)
    case 14:
      switch generator.below(3) {
      case 0: rows.reverse()
      case 1: rows.shuffle(using: &generator)
      default: rows[stretch].reverse()
      }
    default: for _ in stretch { rows.append(row(&generator)) }
    }
  }

  /// One of its columns says something else.
  private func change(_ row: inout Row, _ generator: inout SplitMix64) {
    guard case .record(var values) = row.kind, case .record(let others) = self.row(&generator).kind else {
      return
    }
    let column = generator.below(values.count)
    values[column] = others[column]
    row.kind = .record(values)
  }

  private mutating func editEnd(_ generator: inout SplitMix64) {
    switch generator.below(5) {
    case 0, 1: endsOpen.toggle()
    case 2: hasMark.toggle()
    case 3: blanksBefore = generator.below(4)
    default:
      guard isCSV else { return }
      let all = ["k,\"a\nb", "\"", "\"a\"\"\n", "a,\"b\nk,l,m,n\n"].map { Array($0.utf8) }
      tail = tail == nil ? generator.pick(all) : nil
    }
  }

  private mutating func editReading(_ generator: inout SplitMix64) {
    switch generator.below(9) {
    case 0, 1: columns.shuffle(using: &generator)
    case 2, 3:
      let column = generator.pick([2, 3, 4, 5])
      if let place = columns.firstIndex(of: column) {
        if columns.count > 1 { columns.remove(at: place) }
      } else {
        columns.insert(column, at: generator.below(columns.count + 1))
      }
    case 4:
      let column = generator.below(Self.allColumns)
      let old = names[column]
      names[column] = old.hasSuffix("2") ? String(old.dropLast()) : old + "2"
      // The settings may follow or not.
      if generator.oneIn(2), let place = key.firstIndex(of: old) { key[place] = names[column] }
    case 5, 6:
      key = generator.pick([["k"], ["k", "l"], ["l", "k"], ["l"], [], ["v\"w"], ["k", "none"], ["none"]])
    case 7: duplicates = duplicates == .first ? .last : .first
    default: delimiter = delimiter == 0x2C ? 0x3B : 0x2C
    }
  }
}
