/// By what a dump's records can be told apart.
public struct KeyFinding: Hashable, Sendable {
  /// Fewer records than these may be told apart by chance.
  private static let few = 50

  /// Records that could be read.
  public var records = 0
  /// How many different ones they are.
  public var distinct = 0
  /// Records that could not be read.
  public var bad = 0
  /// The key; empty: none was found.
  public var key: [String] = []
  /// Other columns that would do.
  public var others: [[String]] = []
  /// Columns that nearly would, with how many records have the same there as another one of other content.
  public var nearest: [Near] = []
  /// Columns with the same in all records that look like the time or number of an export, with what they have.
  public var exports: [Export] = []
  /// How many columns were not looked at because there are too many.
  public var isCut = false

  /// Columns that nearly are a key.
  public struct Near: Hashable, Sendable {
    /// The columns.
    public var columns: [String]
    /// How many records have the same there as another one of other content.
    public var sharing: Int

    /// Puts the two together.
    public init(columns: [String], sharing: Int) {
      self.columns = columns
      self.sharing = sharing
    }
  }

  /// A column that is the same in all records.
  public struct Export: Hashable, Sendable {
    /// The column.
    public var column: String
    /// What it has.
    public var value: String

    /// Puts the two together.
    public init(column: String, value: String) {
      self.column = column
      self.value = value
    }
  }

  /// Nothing was read.
  public init() {}

  func write(to out: inout FeedText) {
    for reason in reasons { out.comment(reason) }
    if key.isEmpty, let near = nearby {
      out.field("key", FeedText.list(near.columns), isComment: true)
    }
    if !key.isEmpty { out.field("key", FeedText.list(key)) }
  }

  /// What could be the key all the same: few enough records share their values that a run would not be refused (5%).
  private var nearby: Near? { nearest.first.flatMap { $0.sharing * 20 < records ? $0 : nil } }

  /// Why the key is as it is, and what else was seen of the records: a line or two each.
  public var reasons: [String] {
    var reasons: [String] = []
    var about = ""
    if records == 0 {
      about =
        "There are no \(bad > 0 ? "good " : "")records, so no key can be told: name the columns that identify one (key)."
    } else if distinct == 1, records > 1 {
      about = "All \(grouped(records)) records are the same, so no key can be told by them."
    } else if key.isEmpty {
      about = noKey
    } else {
      about = unique
    }
    if !key.isEmpty { reasons.append(about) }
    if records > distinct, distinct > 1 {
      let repeats = records - distinct
      var text = repeats == 1 ? "One record repeats" : "\(grouped(repeats)) records repeat"
      text += " another one exactly, and \(repeats == 1 ? "is" : "are") left out."
      if (records - distinct) * 4 > records, !key.isEmpty {
        text += " That is more than guards.repeated allows where there is a key (25%)."
      }
      reasons.append(text)
    }
    if bad > 0 {
      reasons.append(bad == 1 ? "One record cannot be read." : "\(grouped(bad)) records cannot be read.")
    }
    for export in exports {
      reasons.append(
        "\(shown(export.column)) is \(shown(export.value)) in all records, as the time of an export is. If it differs in the "
          + "next dump, every record changes: have the source leave it out. (A feed file has no field to ignore a column.)"
      )
    }
    if isCut { reasons.append("Only the first \(grouped(ColumnList.limit)) columns were looked at.") }
    // Right above the line that it is about.
    if key.isEmpty { reasons.append(about) }
    return reasons
  }

  private var unique: String {
    if distinct == 1 { return "There is only one record: by its name this column may be a key." }
    var text = "Unique in all \(grouped(distinct)) \(records > distinct ? "different " : "")records"
    text += distinct < Self.few ? ", which are few: it may be chance." : "."
    if !others.isEmpty {
      text += " So \(others.count == 1 ? "is" : "are") \(others.map(Self.named).joined(separator: "; "))."
    }
    for near in nearest where near.columns.count < key.count && near.sharing * 20 < distinct {
      text +=
        " \(Self.named(near.columns)) is not: \(Self.sharing(near)) the same there as another one."
    }
    return text
  }

  private var noKey: String {
    if distinct == 1 { return "There is only one record, so no key can be told." }
    var text =
      "No key: no column, and no two or three together, tell all \(grouped(distinct)) records apart (columns of "
    text += "fractions are no keys)."
    if let near = nearest.first {
      text += " Nearest is \(Self.named(near.columns)), where \(Self.sharing(near)) the same as another one"
      text +=
        nearest.dropFirst().first.map { "; then \(Self.named($0.columns)) (\(grouped($0.sharing)))." } ?? "."
    }
    text += " Without a key the whole record is its key, and a record that changes is one gone and one new"
    if nearby == nil { return text + "." }
    return text + "; with this one the first of such records is kept, and the others go to quarantine:"
  }

  private static func sharing(_ near: Near) -> String {
    "\(amount(near.sharing, "record")) \(near.sharing == 1 ? "has" : "have")"
  }

  private static func named(_ columns: [String]) -> String {
    columns.map { plain($0, atMost: 40) }.joined(separator: " + ")
  }
}
