import StrandlineTesting

/// A real feed of `shared/data`, and the settings under which it is replayed.
///
/// Everything that is not set here is at its default. Where the oracle's rules are other than the defaults, the
/// comment beside the setting says how.
enum RealFeed: String, CaseIterable, Sendable {
  case covid, sp500, fires, ukcases

  /// How many dumps there are: a folder that holds fewer would make every comparison an easy one.
  var dumpCount: Int {
    switch self {
    case .covid: 15
    case .sp500: 54
    case .fires: 57
    case .ukcases: 40
    }
  }

  var key: [String] {
    switch self {
    case .covid: ["Date", "Country"]
    case .sp500: ["Symbol"]
    case .fires: ["UniqueId"]
    case .ukcases: ["Date", "Country", "AreaCode"]
    }
  }

  /// Which records change with the columns.
  enum ColumnRule: Sendable {
    /// The default: those in which the new column is not empty. The oracle counts them as `updated_nb`.
    case nonEmpty
    /// All, as the oracle counts `updated`: a record with another column is another record.
    case all
  }

  /// The feed file.
  func settings(_ rule: ColumnRule) -> String {
    let columns = rule == .all ? "columns: { added: all }\n" : ""
    // Every dump is given to fetch as a file, so the source itself is never read.
    return "feed: \(rawValue)\nkey: [\(key.joined(separator: ", "))]\n" + columns + own
  }

  private var own: String {
    switch self {
    case .covid, .sp500:
      return "source: { path: never-read.csv }\n"
    case .fires:
      // The feed is empty between two fire seasons. To the oracle this is a dump like any other.
      return """
        source: { path: never-read.json, unwrap: Incidents }
        guards: { empty: accept }

        """
    case .ukcases:
      // The key is wrong on purpose. The oracle keeps the last record of a key.
      return """
        source: { path: never-read.csv }
        duplicates: last

        """
    }
  }

  /// The dumps in order of time.
  func dumps() throws -> [Dump] {
    let folder = try SharedData.require() + "/" + rawValue
    let listed = try runProcess("ls", [folder], environment: ["LC_ALL": "C"])
    return try listed.outputText.split(separator: "\n").filter { $0.hasSuffix(".gz") }.map {
      try Dump(folder: folder, name: String($0))
    }
  }
}

/// One dump of a real feed.
struct Dump: Sendable {
  let path: String
  /// When it was taken, as RFC 3339.
  let time: String
  /// Its length when it is unpacked.
  let length: Int

  /// - Parameter name: such as `20200904T125740Z.csv.gz`.
  init(folder: String, name: String) throws {
    path = folder + "/" + name
    let digits = Array(name)
    func part(_ range: Range<Int>) -> String { String(digits[range]) }
    time =
      "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z"
    length = try Self.unpack(path).count
  }

  /// Its bytes, unpacked by another program than the one that is tested.
  func bytes() throws -> [UInt8] { try Self.unpack(path) }

  private static func unpack(_ path: String) throws -> [UInt8] {
    let outcome = try runProcess("gzip", ["-dc", path])
    guard outcome.status == 0 else { throw Trouble(description: outcome.errorText) }
    return outcome.output
  }
}
