/// What to say of a field that nobody knows: what may have been meant, and what there is.
func unknownField(_ name: String, in section: String, known: [String]) -> String {
  var message = "unknown field \(quoted(name))"
  if !section.isEmpty { message += " in \(section)" }
  if let near = nearest(name, known) {
    message += "; did you mean \"\(near)\"?"
  } else if let elsewhere = Field.all.first(where: { $0.name == name }) {
    let place = elsewhere.section
    message += place.isEmpty ? "; it belongs to the file itself" : "; it belongs under \(place)"
    message += place.isEmpty ? ", not indented." : "."
  } else {
    message += ";"
  }
  return message + " known here: " + known.joined(separator: ", ")
}

/// The known name that `name` begins, or that few letters tell from it.
private func nearest(_ name: String, _ known: [String]) -> String? {
  let plain = name.lowercased().map { $0 == "-" ? "_" : $0 }
  let wanted = String(plain)
  if wanted.count > 2, let longer = known.first(where: { $0.hasPrefix(wanted) }) { return longer }
  let limit = max(1, wanted.count / 3)
  let ranked = known.map { ($0, distance(Array(wanted.utf8.prefix(100)), Array($0.utf8))) }
  return ranked.filter { $0.1 <= limit }.min { $0.1 < $1.1 }?.0
}

/// Letters to put in, leave out, change or swap (Damerau and Levenshtein's, optimal string alignment).
private func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var before: [Int] = []
  var last = Array(0...b.count)
  for i in 0..<a.count {
    var row = [i + 1]
    for j in 0..<b.count {
      var best = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, before[j - 1] + 1) }
      row.append(best)
    }
    (before, last) = (last, row)
  }
  return last[b.count]
}
