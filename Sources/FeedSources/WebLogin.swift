import Basics
import FeedFile
import HTTP

/// A form that was sent first may have been refused without a word: many a server gives a cookie to whoever comes, and shows
/// its form again, with status 200, to whoever is nobody.
extension WebSession {
  private static let begin = 512

  /// The dump, if whoever asks for it is known.
  /// - Throws: ``Failure/Kind/settings`` with ``Failure/Cause/refusedLogin`` if it is a page for people: the next read would
  ///   show the same password.
  func known(_ body: WebBody, _ response: HTTPResponse, by login: Source.Login) throws(Failure) -> PeekedBody
  {
    let peeked = PeekedBody(body)
    let isForm =
      Self.address(response.url) == Self.address(login.url) && !isAsked(Self.address(login.url))
    guard isForm || Self.isPage(peeked.peek(Self.begin)) else { return peeked }
    throw Failure(
      .settings,
      "the login at \(masked(url: login.url)) seems to have been refused: "
        + (isForm ? "the dump's address leads back to it" : "\(body.name) answered with a page of HTML")
        + "; check source.login, its fields and their names",
      cause: .refusedLogin)
  }

  /// Whether the dump itself is to be had at an address: some applications have one for everything.
  private func isAsked(_ address: Substring) -> Bool {
    guard case .http(let url) = request.location else { return false }
    return ([url] + request.more).contains { Self.address($0) == address }
  }

  private static func address(_ url: String) -> Substring { url.prefix { $0 != "?" && $0 != "#" } }

  /// Whether bytes begin as HTML does.
  private static func isPage(_ bytes: [UInt8]) -> Bool {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let rest = bytes.dropFirst(bytes.starts(with: mark) ? mark.count : 0)
    let text = String(decoding: rest.prefix(begin), as: UTF8.self).drop { $0.isWhitespace }.lowercased()
    return ["<!doctype html", "<html"].contains { text.hasPrefix($0) }
  }
}
