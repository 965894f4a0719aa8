import Basics
import Converting

/// The encoding that a source seems to be in.
struct TextEncoding: Equatable {
  /// As a feed file names it; nil: UTF-8.
  var name: String?
  /// Why, for a person; nil where there is nothing to say.
  var reason: String?

  /// By a byte-order mark, by zeros, else by whether it is UTF-8.
  static func found(in sample: Sample) -> TextEncoding {
    if let other = EncodingGuess.other(Array(sample.head.prefix(EncodingGuess.length))) {
      return TextEncoding(name: other.name, reason: "It \(other.reason).")
    }
    let census = sample.census
    if census.invalid == 0 { return TextEncoding() }
    if census.multibyte > census.invalid {
      return TextEncoding(
        reason: "It is UTF-8, but for \(amount(census.invalid, "byte")): records with them go to quarantine.")
    }
    // What windows-1252 has no character for, code pages of DOS have one for.
    let name = census.undefined == 0 ? "windows-1252" : "cp850"
    let why =
      census.undefined == 0
      ? "" : " and \(grouped(census.undefined)) that windows-1252 has no character for"
    return TextEncoding(
      name: name,
      reason:
        "A guess: it has \(amount(census.invalid, "byte")) that \(census.invalid == 1 ? "is" : "are") no UTF-8\(why). Look at its accented "
        + "letters; others are iso-8859-2, iso-8859-15, shift_jis …")
  }

  /// As much of some bytes as can be read, in UTF-8 without a byte-order mark.
  /// - Parameter start: where they stand in the source, in bytes.
  func decoded(_ bytes: [UInt8], from start: Int = 0) -> [UInt8] {
    guard let name else { return withoutMark(bytes, isFirst: start == 0) }
    // A character of such an encoding has so many bytes, so one does not begin in between.
    let lower = name.lowercased()
    let width = lower.hasPrefix("utf-16") ? 2 : lower.hasPrefix("utf-32") ? 4 : 1
    let skipped = (width - start % width) % width
    var rest = bytes.dropFirst(skipped)
    var named = name
    if start > 0, ["utf-16", "utf-32"].contains(lower) {
      // Only at the beginning there is a mark: see ``named(_:)``.
      named = lower + "le"
    }
    rest = rest.prefix(rest.count / width * width)
    guard let decoder = TextDecoder(named) else { return [] }
    var output = ByteBuffer(capacity: rest.count * 2)
    var input = Array(rest)
    while !input.isEmpty {
      let count = unsafe input.withUnsafeBytes { unsafe try? decoder.convert($0, atEnd: false, to: &output) }
      guard let count, count > 0 else { break }
      input.removeFirst(count)
    }
    return withoutMark(output.array(), isFirst: start == 0)
  }

  /// The same encoding with the order of bytes that a mark says.
  func ordered(by head: [UInt8]) -> TextEncoding {
    guard let name, ["utf-16", "utf-32"].contains(name), head.first == 0xFE || head.first == 0 else {
      return self
    }
    return TextEncoding(name: name + "be", reason: reason)
  }

  private func withoutMark(_ bytes: [UInt8], isFirst: Bool) -> [UInt8] {
    isFirst && bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
  }
}

/// So many of something: `1 byte`, `2,000 bytes`.
public func amount(_ number: Int, _ one: String) -> String {
  "\(grouped(number)) \(one)\(number == 1 ? "" : "s")"
}

/// A number as people read it: `1,000,000`.
func grouped(_ number: Int) -> String {
  let digits = Array(String(number.magnitude))
  var text = ""
  for (place, digit) in digits.enumerated() {
    if place > 0, (digits.count - place) % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return (number < 0 ? "-" : "") + text
}
