public import Basics

extension HTTPHeaders {
  /// How many seconds the server asks to be left alone (RFC 9110, 10.2.3); nil if it does not say.
  ///
  /// A date is compared with the answer's own `Date`, since clocks of two machines are not compared; `now` is
  /// taken only if the answer has none, and without either a date says nothing.
  public func retryAfter(now: Instant? = nil) -> Double? {
    guard let text = self["Retry-After"] else { return nil }
    let tenYears = 3650.0 * 86400
    if !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) {
      return min(Double(text) ?? 0, tenYears)
    }
    guard let until = Instant(httpDate: text), let now = date ?? now else { return nil }
    return min(max(0, until.seconds(since: now)), tenYears)
  }

  /// The server's clock when it answered (`Date`); nil if it does not say.
  public var date: Instant? { self["Date"].flatMap { Instant(httpDate: $0) } }
}

extension Instant {
  /// Reads `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that servers may send (RFC 9110, 5.6.7).
  public init?(httpDate text: String) {
    let words = text.split(separator: " ")
    guard words.count == 6, words[5] == "GMT", words[1].utf8.count == 2, words[3].utf8.count == 4,
      let month = months.firstIndex(where: { $0 == words[2] })
    else { return nil }
    let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
    self.init("\(words[3])-\(number)-\(words[1])T\(words[4])Z")
  }
}

private let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
