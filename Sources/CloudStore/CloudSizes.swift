/// How much is taken at once, in bytes. Memory is bounded by these, whatever the objects' sizes.
public struct CloudSizes: Sendable {
  /// The length of the first parts. An object up to this is written by one request. A tenth of the parts that an
  /// object may have are this long, the next tenth twice, and so on: 8,000 parts hold 7 TB,
  /// none of them longer than 4 GiB.
  public var part = 28 << 20
  /// What is not longer than this is read as soon as it is opened, so that neither a replaced object nor a
  /// reader that takes its time can break it.
  public var atOnce = 512 << 10
  /// A gap shorter than this is read over. In the region of a store these bytes take some 40 ms of a machine's time and
  /// cost nothing else; a request takes as long until it is answered, and is paid for besides.
  public var skip = 4 << 20
  /// The most that one server-side copy takes, so that none runs into a time-out.
  public var copy = 512 << 20

  /// The defaults.
  public init() {}

  /// How long part `number` (from 1) is.
  package func part(_ number: Int, _ rules: UploadRules) -> Int {
    let least = max(part, rules.leastPart, 1)
    let first = (least + rules.multiple - 1) / rules.multiple * rules.multiple
    let doublings = (number - 1) / max(1, rules.mostParts / 10)
    return first << min(doublings, 10)
  }
}
