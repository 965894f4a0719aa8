import Basics
import FeedFile
import HTTP

/// A form that was sent first may have been refused without a word: many a server gives a cookie to whoever comes, and shows
/// its form again, with status 200, to whoever is nobody.
extension WebSession {
  private static let begin = 4096

  /// The dump, if whoever asks for it is known.
  /// - Throws: ``Failure/Kind/settings`` if a page for people came: with ``Failure/Cause/refusedLogin`` if it is at the form's
  ///   own address, for the next read would show the same password; else with ``Failure/Cause/loginInDoubt``, for it may be
  ///   about something else. ``Failure/Kind/unavailable`` if pages of the dump came before.
  func known(_ body: WebBody, _ response: HTTPResponse, by login: Source.Login) throws(Failure)
    -> any SourceBody
  {
    // Whoever looks for records in HTML, or in lines of it, gets it.
    if request.conversion.mayBeHTML { return body }
    let peeked = PeekedBody(body)
    guard isPage(peeked.peek(Self.begin)) else {
      wasKnown = true
      return peeked
    }
    if wasKnown {
      throw Failure(.unavailable, "\(body.name) answered with a page of HTML after others of the dump")
    }
    throw refused(response, login)
  }

  /// The failure of an answer that nobody gets who is known.
  func refused(_ response: HTTPResponse, _ login: Source.Login) -> Failure {
    let isForm = isForm(response.url, login)
    // A form without a secret has no account that could be locked.
    let cause: Failure.Cause? = request.login.isEmpty ? nil : isForm ? .refusedLogin : .loginInDoubt
    return Failure(
      .settings,
      "the login at \(masked(url: login.url)) seems to have been refused: "
        + (isForm
          ? "the dump's address leads back to it" : "\(response.maskedURL) answered with a page of HTML")
        + "; check source.login, its fields and their names",
      cause: cause)
  }

  /// Whether an answer came from the form's address, although the dump is to be had at another.
  func isForm(_ url: String, _ login: Source.Login) -> Bool {
    guard case .http(let dump) = request.location else { return false }
    return isSamePlace(url, login.url) && !([dump] + request.more).contains { isSamePlace($0, login.url) }
  }

  /// Whether bytes begin as a page of HTML does.
  private func isPage(_ bytes: [UInt8]) -> Bool {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let rest = bytes.dropFirst(bytes.starts(with: mark) ? mark.count : 0)
    var text = String(decoding: rest.prefix(Self.begin), as: UTF8.self).lowercased()[...]
    while true {
      text = text.drop(while: \.isWhitespace)
      // What XHTML and some servers have before it.
      guard let end = text.hasPrefix("<?xml") ? "?>" : text.hasPrefix("<!--") ? "-->" : nil,
        let range = text.firstRange(of: end)
      else { break }
      text = text[range.upperBound...]
    }
    return ["<!doctype html", "<html", "<head", "<body"].contains { text.hasPrefix($0) }
  }
}

extension Source.Conversion {
  /// Whether records are looked for in what may be a page.
  fileprivate var mayBeHTML: Bool {
    record.first?.lowercased() == "html" || skip > 0 || headerStartsWith != nil
  }
}
