/// How a CSV dump's columns are written, worked out once.
struct CSVPlan: ~Copyable {
  /// A column, and where in `openings` the bytes are that come before its value: `","name":"`, of which the first
  /// two end the value before.
  struct Step: BitwiseCopyable {
    var column: UInt32
    var start: UInt32
    var end: UInt32
  }

  /// By name, without the ignored ones.
  var canonical = Pool<Step>()
  /// In source order, renamed.
  var members = Pool<Step>()
  var openings = ByteSink()
  /// The key's columns by place; -1 for a column that the header does not have.
  var key = Pool<Int>()

  init(header: [String], key: [String], ignored: Set<[UInt8]>, renamed: [[UInt8]: String]) {
    let names = header.map { Array($0.utf8) }
    let order = names.indices.sorted { names[$0].lexicographicallyPrecedes(names[$1]) }
    for column in order where !ignored.contains(names[column]) {
      canonical.append(open(column, header[column]))
    }
    for column in header.indices {
      members.append(open(column, renamed[names[column]] ?? header[column]))
    }
    // So that what is copied in large pieces may reach beyond its end.
    openings.append(zeros: Pen.slack)
    for name in key { self.key.append(names.firstIndex(of: Array(name.utf8)) ?? -1) }
  }

  private mutating func open(_ column: Int, _ name: String) -> Step {
    let start = openings.count
    openings.append(Byte.quote)
    openings.append(Byte.comma)
    openings.append(Byte.quote)
    View.of(Array(name.utf8)) { openings.appendEscaped($0, 0, $0.count) }
    openings.append(Byte.quote)
    openings.append(Byte.colon)
    openings.append(Byte.quote)
    return Step(column: UInt32(column), start: UInt32(start), end: UInt32(openings.count))
  }
}
