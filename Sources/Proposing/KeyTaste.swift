/// What is known of a column for the choice of a key.
struct KeyColumn: Equatable {
  var name: String
  /// From 0, as in the source.
  var place: Int
  var kind: ValueKind
  /// How long a value is on average, in bytes.
  var length: Double
  /// About how many different values it has.
  var distinct: Double
  /// How many records have nothing in it.
  var blanks: Int
}

/// Which columns people take for keys: the less it costs, the better.
enum KeyTaste {
  private static let identifiers: Set<String> = [
    "id", "ids", "uuid", "guid", "key", "code", "pk", "nr", "no", "num", "number", "nummer", "kennung",
    "schluessel",
    "schlüssel", "isin", "symbol", "ticker", "sku", "iban", "ean", "gtin", "isbn", "vin", "oid", "uid",
    "identifier",
    "objectid", "globalid", "uniqueid", "ref", "reference", "aktenzeichen", "kennzeichen", "slug", "hash",
  ]
  private static let remarks: Set<String> = [
    "remark", "remarks", "comment", "comments", "note", "notes", "description", "text", "message",
    "bemerkung",
    "beschreibung", "kommentar", "url", "link", "href", "notiz", "updated", "modified", "changed", "geändert",
  ]
  private static let measures: Set<String> = [
    "count", "total", "amount", "value", "sum", "cases", "deaths", "price", "betrag", "anzahl", "quantity",
    "qty",
    "level", "rate", "percent", "population", "menge", "preis", "wert", "size", "length", "height", "weight",
    "lat",
    "lon", "lng", "latitude", "longitude", "x", "y", "score", "balance", "duration", "acres",
  ]
  private static let times: Set<String> = [
    "year", "month", "day", "week", "hour", "date", "time", "jahr", "monat", "tag", "woche", "stunde",
    "datum", "zeit",
    "quarter", "quartal",
  ]
  private static let exports: Set<String> = [
    "export", "exported", "generated", "created", "extract", "extracted", "report", "reported", "snapshot",
    "dump",
    "stand", "erstellt", "retrieved", "downloaded", "run", "batch", "asof", "timestamp", "updated", "abzug",
    "loaded",
  ]

  /// The words of a name, in lower case: `AreaCode` is `area` and `code`.
  static func words(_ name: String) -> [String] {
    var words: [String] = []
    var word = ""
    var wasLower = false
    for character in name {
      guard character.isLetter else {
        if !word.isEmpty { words.append(word) }
        (word, wasLower) = ("", false)
        continue
      }
      if character.isUppercase, wasLower {
        words.append(word)
        word = ""
      }
      wasLower = character.isLowercase
      word += character.lowercased()
    }
    if !word.isEmpty { words.append(word) }
    return words
  }

  static func isIdentifier(_ name: String) -> Bool { words(name).contains { identifiers.contains($0) } }

  /// Whether a name is what the time or the number of an export is called.
  static func isOfExport(_ name: String) -> Bool { words(name).contains { exports.contains($0) } }

  /// What it costs to have a column in a key; nil: it is never in one.
  static func cost(_ column: KeyColumn) -> Double? {
    // Where a fraction is unique, that is chance: it is measured, and will be another one.
    if column.kind == .fraction || column.length > 300 { return nil }
    let words = words(column.name)
    let late = min(1.5, Double(column.place) * 0.05)
    if words.contains(where: { identifiers.contains($0) }) {
      return (words.count == 1 ? 0 : 0.2) + Double(column.place) * 0.01
    }
    var cost = column.kind == .whole ? 4.0 : 1.5
    if column.kind == .whole, words.contains(where: { times.contains($0) }) { cost = 1.5 }
    if words.contains(where: { remarks.contains($0) }) { cost += 3 }
    if words.contains(where: { measures.contains($0) }) { cost += 3 }
    if column.length > 100 { cost += 3 } else if column.length > 40 { cost += 1 }
    if column.place == 0 { cost -= column.kind == .whole ? 2.5 : 0.7 }
    return cost + late
  }

  /// What a key of several columns costs.
  static func cost(_ costs: [Double]) -> Double { costs.reduce(0, +) + Double(costs.count - 1) }
}
