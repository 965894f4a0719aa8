import StrandlineTesting

/// What may happen in a history, and how often: each seed has a mixture of its own, for where everything happens at once
/// nothing gets far.
struct Plan {
  /// What may happen at an operation of the store.
  enum Fault: String, CaseIterable {
    case diesBefore, diesAfter, answerLost, writeLost, landsLate, diesAndLandsLate, unavailable, terminated
  }

  var seed: UInt64
  var actors: Int
  /// How many things each of them does.
  var steps: Int
  /// How many runs of each feed are done before anything happens.
  var calmRuns = 0
  /// After so many refusals an actor waits until leases are over, on average; 0: never.
  var patience = 0
  var settings: [String] = []
  var rows: Int
  var padding: Int
  var hasTags: Bool
  var leastPart: Int
  var mergedSegments = 16
  /// Once in so many operations; 0: never.
  var faults: [(fault: Fault, oneIn: Int)] = []
  var switching: Int
  /// Falls asleep for longer than a lease, before a write.
  var sleeps: Int
  /// A late write lands.
  var landing: Int
  var jump: Int
  var sourceMoves: Int
  var sourceFails: Int
  /// A lease that is to be renewed is, once in so many chances; 0: leases are not renewed.
  var renewals = 0
  /// Whether people mend the feed file between runs.
  var mends = false
  /// Up to how many seconds later an object appears in listings than it is there.
  var listingLag = 0
  /// Seconds by which machines' clocks are wrong.
  var skew: Double

  init(seed: UInt64, _ random: inout SplitMix64) {
    self.seed = seed
    actors = 2 + random.below(3)
    steps = 3 + random.below(6)
    calmRuns = random.below(4)
    patience = random.oneIn(3) ? 0 : 1 + random.below(3)
    rows = [8, 20, 60][random.below(3)]
    padding = [0, 40, 150][random.below(3)]
    hasTags = random.oneIn(2)
    leastPart = random.oneIn(2) ? 1 << 10 : 4 << 20
    mergedSegments = 2 + Int(seed % 3)
    for fault in Fault.allCases {
      faults.append((fault, random.oneIn(2) ? 0 : [60, 150, 400][random.below(3)]))
    }
    sleeps = [0, 25, 60, 150][random.below(4)]
    landing = [10, 60, 300][random.below(3)]
    switching = [2, 4, 15][random.below(3)]
    jump = [0, 12, 30, 100][random.below(4)]
    sourceMoves = [15, 40, 120][random.below(3)]
    sourceFails = [0, 6][random.below(2)]
    skew = random.oneIn(2) ? 0 : 3600 * Double(1 + random.below(12)) * (random.oneIn(2) ? 1 : -1)
    renewals = [0, 1, 3][random.below(3)]
    mends = random.oneIn(2)
    listingLag = random.oneIn(3) ? 100 : 0
    for number in 0...(random.oneIn(3) ? 1 : 0) {
      var text = Self.feed(number, interval: random.oneIn(4) ? 30 : 0)
      if random.oneIn(3) { text += "publish: { grace: 0s }\n" }
      if random.oneIn(3) { text += "fingerprint: sha256\n" }
      settings.append(text)
    }
  }

  private init(seed: UInt64, actors: Int) {
    self.seed = seed
    self.actors = actors
    (steps, rows, padding, hasTags, leastPart) = (2, 20, 40, false, 1 << 10)
    (switching, sleeps, landing, jump, sourceMoves, sourceFails, skew) = (0, 0, 0, 0, 0, 0, 0)
    settings = [Self.feed(0)]
  }

  /// Nothing happens by chance.
  static let exhaustive = Plan(seed: 1, actors: 2)

  private static func feed(_ number: Int, interval: Int = 0) -> String {
    """
    feed: feed\(number)
    source: { path: source.csv, format: csv }
    key: id
    min_interval: \(interval)s
    guards: { bad: 100%, duplicates: 100%, gone: 50%, gone_at_least: 4 }

    """
  }
}
