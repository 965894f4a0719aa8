import CCurl

/// Whether two URLs are the same but for user, query and fragment.
public func isSamePlace(_ url: String, _ other: String) -> Bool {
  guard let one = try? Address(url), let two = try? Address(other) else { return false }
  func path(_ address: Address) -> Substring {
    let rest = address.url.firstRange(of: "://").map { address.url[$0.upperBound...] } ?? ""
    return rest.drop { !"/?#".contains($0) }.prefix { $0 != "?" && $0 != "#" }
  }
  return one.origin == two.origin && path(one) == path(two)
}

/// A URL taken apart by libcurl's own parser, so that what is checked is what is asked for.
struct Address {
  /// What a credential belongs to: it is not told to another.
  struct Origin: Equatable {
    var scheme: String
    var host: String
    var port: String
  }

  /// The URL without user, password and fragment.
  let url: String
  let origin: Origin
  /// From the URL's user and password.
  let credentials: HTTPCredentials?

  init(_ text: String) throws(HTTPError) {
    try Library.load()
    guard let parser = unsafe strandline_url() else { throw HTTPError(.badRequest, "out of memory") }
    defer { unsafe strandline_url_cleanup(parser) }
    guard !text.utf8.contains(where: { $0 <= 32 || $0 == 127 }) else {
      throw Self.refused(text, "there is a space or control character in it; a space is written %20")
    }
    let flags = UInt32(CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS)
    let result = unsafe text.withCString { unsafe strandline_url_set(parser, CURLUPART_URL, $0, flags) }
    guard result == CURLUE_OK else {
      throw unsafe Self.refused(text, String(cString: strandline_url_strerror(result)))
    }
    func part(_ which: CURLUPart, _ flags: Int32 = 0) -> String? {
      var value: UnsafeMutablePointer<CChar>?
      guard unsafe strandline_url_get(parser, which, &value, UInt32(flags)) == CURLUE_OK,
        let value = unsafe value
      else { return nil }
      defer { unsafe strandline_free(value) }
      return unsafe String(cString: value)
    }
    let scheme = part(CURLUPART_SCHEME)?.lowercased() ?? ""
    guard scheme == "http" || scheme == "https" else {
      throw Self.refused(text, "only http:// and https:// are asked, not \(scheme)://")
    }
    origin = Origin(
      scheme: scheme, host: part(CURLUPART_HOST)?.lowercased() ?? "",
      port: part(CURLUPART_PORT, CURLU_DEFAULT_PORT) ?? "")
    if let user = part(CURLUPART_USER, CURLU_URLDECODE) {
      credentials = .basic(user: user, password: part(CURLUPART_PASSWORD, CURLU_URLDECODE) ?? "")
    } else {
      credentials = nil
    }
    for secret in [CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_FRAGMENT] {
      unsafe strandline_url_set(parser, secret, nil, 0)
    }
    guard let url = part(CURLUPART_URL) else { throw Self.refused(text, "it cannot be put together again") }
    self.url = url
  }

  /// What a link on a page leads to.
  init(_ reference: String, from base: Address) throws(HTTPError) {
    guard let parser = unsafe strandline_url() else { throw HTTPError(.badRequest, "out of memory") }
    defer { unsafe strandline_url_cleanup(parser) }
    var text: UnsafeMutablePointer<CChar>?
    let parts = [base.url, reference]
    for part in parts {
      guard unsafe part.withCString({ unsafe strandline_url_set(parser, CURLUPART_URL, $0, 0) }) == CURLUE_OK
      else {
        throw Self.refused(reference, "it is no address")
      }
    }
    guard unsafe strandline_url_get(parser, CURLUPART_URL, &text, 0) == CURLUE_OK, let text = unsafe text
    else {
      throw Self.refused(reference, "it is no address")
    }
    defer { unsafe strandline_free(text) }
    try self.init(unsafe String(cString: text))
  }

  private static func refused(_ text: String, _ why: String) -> HTTPError {
    HTTPError(.badRequest, "the URL \(masked(url: text)) cannot be used: \(why)")
  }
}

extension HTTPResponse {
  /// The URL that a link in this answer leads to.
  /// - Parameter first: the URL that was asked for. What came may be another server's, after a redirection.
  /// - Throws: ``HTTPError/Kind/malformed`` if it leads to another server, which is not told what this one may know.
  public func link(_ reference: String, of first: String) throws(HTTPError) -> String {
    let base = try Address(url)
    let asked = try Address(first)
    let target: Address
    do { target = try Address(reference, from: base) } catch {
      throw HTTPError(.malformed, "\(maskedURL) leads on to where nobody can go: \(error.message)")
    }
    guard target.origin == base.origin, target.origin == asked.origin, target.credentials == nil else {
      throw HTTPError(
        .malformed,
        "\(maskedURL) leads on to another server, \(masked(url: reference)), which is not asked: it would be told secrets"
      )
    }
    return target.url
  }
}
