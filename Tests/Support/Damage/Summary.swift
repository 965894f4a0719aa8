/// What came of many trials, by kind of object.
public struct Summary: Sendable {
  private var counts: [String: [Trials.Notice: Int]] = [:]
  /// What is not to be, with the seed.
  public private(set) var wrong: [(seed: UInt64, outcome: Trials.Outcome)] = []
  /// How many trials there were.
  public private(set) var tried = 0

  /// Nothing yet.
  public init() {}

  /// Adds the outcome of a trial.
  public mutating func add(_ seed: UInt64, _ outcome: Trials.Outcome) {
    tried += 1
    let kind = outcome.kind.contains(" and ") ? "two, swapped" : outcome.kind
    counts[kind, default: [:]][outcome.notice, default: 0] += 1
    if outcome.wrong != nil { wrong.append((seed, outcome)) }
  }

  /// A line for each kind of object, under a line of titles.
  public var lines: [String] {
    let rows = counts.sorted { $0.key < $1.key }.map { kind, notices in
      Trials.Notice.allCases.map { "\(notices[$0] ?? 0)" } + [kind]
    }
    return ([Trials.Notice.allCases.map(\.rawValue) + ["kind of object"]] + rows).map { row in
      row.dropLast().map { String(repeating: " ", count: max(0, 9 - $0.count)) + $0 }.joined()
        + "  \(row[row.count - 1])"
    }
  }
}
