/// What text that is to be UTF-8 seems to be instead.
public enum EncodingGuess {
  /// How many bytes are looked at.
  public static let length = 512

  /// The encoding that the beginning of a dump seems to be in, with the reason; nil if it may be UTF-8.
  public static func other(_ beginning: [UInt8]) -> (name: String, reason: String)? {
    let mark = "begins with the byte-order mark of"
    if beginning.starts(with: [0xFF, 0xFE, 0, 0]) { return ("utf-32", "\(mark) UTF-32") }
    if beginning.starts(with: [0, 0, 0xFE, 0xFF]) { return ("utf-32", "\(mark) UTF-32") }
    if beginning.starts(with: [0xFF, 0xFE]) { return ("utf-16", "\(mark) UTF-16") }
    if beginning.starts(with: [0xFE, 0xFF]) { return ("utf-16", "\(mark) UTF-16") }
    // Text in European languages is half zeros in UTF-16, and has none in UTF-8.
    guard beginning.count >= 4 else { return nil }
    let zeros = beginning.indices.filter { beginning[$0] == 0 }
    let odd = zeros.count { $0 % 2 == 1 }
    guard zeros.count * 3 >= beginning.count, max(odd, zeros.count - odd) * 10 >= zeros.count * 9 else {
      return nil
    }
    let name = odd * 2 > zeros.count ? "utf-16le" : "utf-16be"
    return (name, "has a zero in every other byte, as UTF-16 does")
  }
}
