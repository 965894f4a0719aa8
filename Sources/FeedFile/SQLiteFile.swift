package import Basics

/// The connection string of a driver for SQLite, made so that a relative `Database=` is found where `place` says, as other
/// files of a feed file are, and not made where it is missing: the driver itself goes by the directory that the process
/// happens to be in. That of any other driver is left as it is.
/// - Parameter url: `odbc:` and a connection string.
package func sqliteFile(
  in url: String, at place: (String) throws(Failure) -> String
) throws(Failure) -> String {
  var attributes = attributes(of: url.dropFirst("odbc:".count))
  func index(_ name: String) -> Int? { attributes.firstIndex { $0.name == name } }
  guard let driver = index("driver"), attributes[driver].value.lowercased().contains("sqlite") else {
    return url
  }
  if let file = index("database") {
    let path = attributes[file].value
    // SQLite's own names for what is no file, and for files with options.
    if !path.isEmpty, !path.hasPrefix("/"), !path.hasPrefix(":"), !path.lowercased().hasPrefix("file:") {
      let found = try place(path)
      // The driver for SQLite knows no way to quote one.
      guard !found.contains(";") else {
        throw Failure(
          .settings, "source.url: the driver for SQLite cannot open \(found), for there is a semicolon in it")
      }
      attributes[file].text = "Database=\(found)"
    }
  }
  if index("nocreat") == nil { attributes.append((name: "nocreat", value: "1", text: "NoCreat=1")) }
  return "odbc:" + attributes.map(\.text).joined(separator: ";")
}

/// The file that the driver for SQLite is told to open; nil if it is another driver, or no file is named.
package func sqliteFile(of url: String) -> String? {
  let attributes = attributes(of: url.dropFirst("odbc:".count))
  guard attributes.contains(where: { $0.name == "driver" && $0.value.lowercased().contains("sqlite") }) else {
    return nil
  }
  return attributes.first { $0.name == "database" }?.value
}

/// What a connection string says: semicolons in braces are part of a value.
private func attributes(of text: Substring) -> [(name: String, value: String, text: String)] {
  var parts: [String] = [""]
  var isBraced = false
  for character in text {
    if character == "{" { isBraced = true } else if character == "}" { isBraced = false }
    if character == ";", !isBraced { parts.append("") } else { parts[parts.count - 1].append(character) }
  }
  return parts.filter { !$0.isEmpty }.map { part in
    let name = part.prefix { $0 != "=" }
    let value = part.dropFirst(name.count + 1).drop { $0 == " " }
    return (name.lowercased().filter { $0 != " " }, String(value), part)
  }
}
