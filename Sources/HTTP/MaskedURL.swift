/// A URL as it may be shown: user and password, and query values whose name sounds like a secret, are `***`.
///
/// Works on anything, since what is malformed is shown too: if in doubt it masks. It looks at code points, since an accent
/// behind a mark makes one character of both.
public func masked(url: String) -> String {
  var rest = url.unicodeScalars[...]
  var masked = ""
  if let colon = schemeEnd(rest) {
    masked = String(rest[..<colon])
    rest = rest[colon...]
  }
  let authorityEnd = rest.firstIndex { "/?#".unicodeScalars.contains($0) } ?? rest.endIndex
  if let at = rest[..<authorityEnd].lastIndex(of: "@") {
    masked += "***@"
    rest = rest[rest.index(after: at)...]
  } else if let at = rest.lastIndex(of: "@"), !hasNumericPort(rest[..<authorityEnd]) {
    // A password with a slash in it: no port looks like that.
    masked += "***@"
    rest = rest[rest.index(after: at)...]
  }
  guard let question = rest.firstIndex(of: "?") else { return masked + String(rest) }
  masked += String(rest[...question])
  let parts = rest[rest.index(after: question)...].split(separator: "&", omittingEmptySubsequences: false)
  return masked + parts.map(maskedParameter).joined(separator: "&")
}

/// Where what follows `://` begins.
private func schemeEnd(_ url: Substring.UnicodeScalarView) -> String.Index? {
  var rest = url
  while let colon = rest.firstIndex(of: ":") {
    rest = rest[colon...].dropFirst()
    if rest.starts(with: "//".unicodeScalars) { return rest.dropFirst(2).startIndex }
  }
  return nil
}

private func hasNumericPort(_ authority: Substring.UnicodeScalarView) -> Bool {
  guard let colon = authority.lastIndex(of: ":"), authority.last != "]" else { return true }
  return authority[colon...].dropFirst().allSatisfy { ("0"..."9").contains($0) }
}

private func maskedParameter(_ parameter: Substring.UnicodeScalarView) -> String {
  guard let equals = parameter.firstIndex(of: "=") else { return String(parameter) }
  let name = String(parameter[..<equals]).lowercased()
  let value = parameter[equals...]
  // Another URL, with a user and password perhaps.
  if value.contains("@"), schemeEnd(value) != nil { return String(parameter[...equals]) + "***" }
  let secret = ["auth", "code", "credential", "key", "pass", "pwd", "secret", "sig", "token", "upload_id"]
    .contains {
      name.contains($0)
    }
  return secret ? String(parameter[...equals]) + "***" : String(parameter)
}
