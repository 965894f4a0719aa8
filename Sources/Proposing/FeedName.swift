/// A name for a feed, made of where its dump is.
public func feedName(of place: String) -> String {
  var path = place.contains("://") ? place.prefix { $0 != "?" && $0 != "#" } : place[...]
  var host: Substring = ""
  if let scheme = path.firstRange(of: "://") {
    path = path[scheme.upperBound...]
    host = path.prefix { $0 != "/" && $0 != ":" }
    path = path.dropFirst(host.count)
  }
  // The last part that says something: names of dumps may be dates, and addresses may end in "download".
  for part in path.split(separator: "/").reversed() {
    let name = tidied(part)
    if name.contains(where: \.isLetter),
      !["download", "export", "data", "index", "csv", "json"].contains(name.lowercased())
    {
      return name
    }
  }
  for part in path.split(separator: "/").reversed() where tidied(part).contains(where: \.isLetter) {
    return tidied(part)
  }
  let name = tidied(host)
  return name.contains(where: \.isLetter) ? name : "feed"
}

private func tidied(_ part: Substring) -> String {
  var parts = part.split(separator: ".")
  let endings = [
    "gz", "zst", "zstd", "zip", "csv", "tsv", "txt", "json", "jsonl", "ndjson", "xml", "aspx", "php",
  ]
  while parts.count > 1, endings.contains(parts[parts.count - 1].lowercased()) { parts.removeLast() }
  var name = ""
  for character in parts.joined(separator: ".") {
    let isKept = character.isASCII && (character.isLetter || character.isNumber) || "._-".contains(character)
    name.append(isKept ? character : "-")
  }
  // A date or a number at its end or its beginning is another tomorrow.
  func isDated(_ character: Character) -> Bool { character.isNumber || "-_.TZ".contains(character) }
  let core = name.drop(while: isDated)
  var end = core
  while let last = end.last, isDated(last) { end.removeLast() }
  let digits = core.dropFirst(end.count).count { $0.isNumber }
  let kept = digits >= 4 ? end : core
  var result = kept.isEmpty ? "" : String(kept.prefix(100))
  while let last = result.last, "-_.".contains(last) { result.removeLast() }
  while let first = result.first, "-_.".contains(first) { result.removeFirst() }
  return result
}
