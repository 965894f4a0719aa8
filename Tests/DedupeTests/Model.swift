import Basics
import Blocks
import Dedupe
import Hashing
import Records

/// A state as it would be without blocks, fingerprints and passes: everything is parsed, every time.
struct Model {
  struct Row {
    var bytes: [UInt8]
    var offset: Int
    var line: Int
  }

  /// What a record says, read in one way.
  struct Parsed {
    var key: [UInt8]
    var content: [UInt8]
    var keyJSON: String
    var members: String
  }

  struct Difference: Hashable, CustomStringConvertible {
    var before: Int?
    var after: Int?
    var description: String { "\(before.map { "\($0)" } ?? "-")>\(after.map { "\($0)" } ?? "-")" }
  }

  let reading: Reading
  var rows: [Row] = []
  var tags: [Patch.Tag] = []
  /// The keys that several records have.
  var contested: Set<[UInt8]> = []

  /// Cuts a dump and decides which of its records are taken. All of them stand since `entry`.
  init(_ dump: [UInt8], _ reading: Reading, _ rule: ColumnRule, entry: Int) {
    self.reading = reading
    cut(dump)
    var parser = Self.parser(reading, reading.key, rule, ignored: [])
    var groups: [[UInt8]: [(place: Int, content: [UInt8])]] = [:]
    for (place, row) in rows.enumerated() {
      let outcome = parser.parse(row.bytes)
      tags.append(outcome == .blank ? .blank : .bad)
      if outcome == .record {
        let parsed = Self.contents(&parser, row.bytes)
        groups[parsed.key, default: []].append((place, parsed.content))
      }
    }
    for (key, group) in groups {
      let winner = reading.duplicates == .first ? group[0] : group[group.count - 1]
      for (place, content) in group { tags[place] = content == winner.content ? .duplicate : .conflict }
      tags[winner.place] = .since(entry)
      if group.count > 1 { contested.insert(key) }
    }
  }

  private mutating func cut(_ dump: [UInt8]) {
    var scanner = DumpScanner(format: reading.format)
    var (position, line) = (0, 0)
    while true {
      let rest = dump[position...]
      guard let piece = try? unsafe rest.withUnsafeBytes({ try unsafe scanner.next($0, atEnd: true) }) else {
        preconditionFailure("the test's own dump cannot be cut")
      }
      let length: Int
      switch piece {
      case .end: return
      case .record(let count):
        rows.append(Row(bytes: Array(rest.prefix(count)), offset: position, line: line))
        length = count
      case .literal(let count), .header(let count): length = count
      case .needMore, .oversized: preconditionFailure("not in these dumps")
      }
      line += rest.prefix(length).count { $0 == 10 }
      position += length
    }
  }

  static func parser(
    _ reading: Reading, _ key: [String], _ rule: ColumnRule, ignored: Set<String>
  ) -> RecordParser {
    RecordParser(
      format: reading.format, header: reading.header, key: key, blanks: rule == .nonEmpty ? .dropped : .kept,
      ignored: ignored)
  }

  static func contents(_ parser: inout RecordParser, _ record: [UInt8]) -> Parsed {
    func taken(_ buffer: inout ByteBuffer) -> [UInt8] {
      defer { buffer.truncate() }
      return buffer.array()
    }
    return unsafe record.withUnsafeBytes { bytes in
      _ = unsafe parser.parse(bytes)
      var buffer = ByteBuffer()
      _ = parser.appendKey(to: &buffer)
      let key = taken(&buffer)
      parser.appendCanonical(to: &buffer)
      let content = taken(&buffer)
      parser.appendKeyJSON(to: &buffer)
      let keyJSON = text(taken(&buffer))
      parser.appendMembers(to: &buffer)
      return Parsed(key: key, content: content, keyJSON: keyJSON, members: text(taken(&buffer)))
    }
  }

  /// What differs between the sets of two states, and which records are the same in both.
  static func compare(
    _ before: Model, _ after: Model, _ rule: ColumnRule
  ) -> (changes: [Difference], same: [(before: Int, after: Int)]) {
    let ignored =
      rule == .none ? Set(before.reading.header).symmetricDifference(after.reading.header) : []
    func sets(_ model: Model) -> [[UInt8]?: [(place: Int, content: [UInt8])]] {
      var parser = parser(model.reading, after.reading.key, rule, ignored: ignored)
      var sets: [[UInt8]?: [(place: Int, content: [UInt8])]] = [:]
      for (place, row) in model.rows.enumerated() where model.tags[place].isTaken {
        if parser.parse(row.bytes) == .record {
          let parsed = contents(&parser, row.bytes)
          sets[parsed.key, default: []].append((place, parsed.content))
        } else {
          sets[nil, default: []].append((place, []))
        }
      }
      return sets
    }
    let (old, new) = (sets(before), sets(after))
    var changes: [Difference] = []
    var same: [(before: Int, after: Int)] = []
    for key in Set(old.keys).union(new.keys) {
      var gone = old[key] ?? []
      var come: [Int] = []
      for (place, content) in new[key] ?? [] {
        if let match = gone.firstIndex(where: { $0.content == content }) {
          same.append((gone.remove(at: match).place, place))
        } else {
          come.append(place)
        }
      }
      for index in 0..<max(gone.count, come.count) {
        changes.append(
          Difference(
            before: index < gone.count ? gone[index].place : nil,
            after: index < come.count ? come[index] : nil))
      }
    }
    changes.sort { a, b in
      let (x, y) = (a.after ?? Int.max, b.after ?? Int.max)
      return x != y ? x < y : (a.before ?? Int.max) < (b.before ?? Int.max)
    }
    return (changes, same)
  }

  /// What stayed the same stands since when it did.
  mutating func inherit(from before: Model, _ same: [(before: Int, after: Int)]) {
    for pair in same { tags[pair.after] = before.tags[pair.before] }
  }
}
