public import Basics

/// Leaves out what stands around the lines of a dump: a report's title before, its totals behind.
///
/// What does not stand where it should is a complaint, and then nothing is left out.
public final class Trimmer: Converter {
  /// The lines that a dump ends with and that are no records.
  public struct Footer: Hashable, Sendable {
    /// How many lines it has, blank ones aside.
    public var lines: Int
    /// What the first of them begins with.
    public var startsWith: String

    /// Puts the two together.
    public init(lines: Int, startsWith: String) {
      self.lines = lines
      self.startsWith = startsWith
    }
  }

  /// A preamble that is longer is none.
  static let preambleLimit = 1 << 20
  /// So much of the dump's end is looked at.
  static let footerLimit = 64 << 10

  private enum Phase { case preamble, records, whole }

  private let skip: Int
  private let header: [UInt8]?
  private let footer: Footer?
  private var phase = Phase.preamble
  private var held = ByteBuffer(capacity: 4096)
  private var handedOn = 0
  private var lastByte = UInt8(ascii: "\n")
  private var left = LeftOut(before: [], after: [])
  private var isOver = false
  public private(set) var complaint: String?

  /// - Parameters:
  ///   - skip: so many lines are left out first;
  ///   - header: then all lines before the first that begins with this;
  ///   - footer: what is left out at the end.
  public init(skip: Int, header: String?, footer: Footer?) {
    self.skip = skip
    self.header = header.map { Array($0.utf8) }
    self.footer = footer
  }

  public var leftOut: LeftOut? { left.before.isEmpty && left.after.isEmpty ? nil : left }

  public func convert(
    _ input: UnsafeRawBufferPointer, atEnd: Bool, to output: inout ByteBuffer
  ) throws(ConversionError) -> Int {
    unsafe held.append(input)
    if phase == .preamble, atEnd || held.count > 0 { leavePreambleOut(atEnd: atEnd) }
    switch phase {
    case .preamble: break
    case .whole: handOn(held.count, to: &output)
    case .records:
      if atEnd, !isOver {
        isOver = true
        if footer != nil { handOn(held.count - Self.footerLimit, to: &output) }
        leaveFooterOut()
        handOn(held.count, to: &output)
      } else {
        let kept = footer == nil ? 0 : Self.footerLimit
        // By stretches, so that what is held is not moved for every few bytes.
        if footer == nil || held.count > 2 * kept { handOn(held.count - kept, to: &output) }
      }
    }
    return input.count
  }

  private func handOn(_ count: Int, to output: inout ByteBuffer) {
    guard count > 0 else { return }
    unsafe output.append(UnsafeRawBufferPointer(rebasing: held.bytes[..<count]))
    lastByte = unsafe held.bytes[count - 1]
    held.removeFirst(count)
    handedOn += count
  }

  /// Where the line that begins at `start` ends, its line end included; nil if that is not in sight.
  private func lineEnd(_ start: Int) -> Int? {
    unsafe held.bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
  }

  private func begins(_ start: Int, with text: [UInt8]) -> Bool {
    unsafe held.bytes[start...].starts(with: text)
  }

  // MARK: The beginning

  private func leavePreambleOut(atEnd: Bool) {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    var start = 0
    var line = 0
    // Lines that were looked at already are looked at again with every piece: they are few.
    while true {
      let text = line == 0 && begins(0, with: mark) ? mark.count : start
      if start > Self.preambleLimit { break }
      if line >= skip {
        if header.map({ begins(text, with: $0) }) ?? true { return begin(at: start) }
      }
      if let end = lineEnd(start) {
        start = end
        line += 1
        continue
      }
      // Enough for what the next line may begin with: whatever pieces it comes in, it is found or not.
      guard atEnd || held.count > Self.preambleLimit + 4096 else { return }
      break
    }
    let beginning = unsafe quoted(held.bytes.prefix(80))
    complaint =
      header.map {
        "no line begins with \(quoted($0)), as source.header_starts_with has it; it begins with \(beginning)"
      } ?? "it has \(line) lines, and source.skip is \(skip)"
    phase = .whole
  }

  private func begin(at start: Int) {
    left.before = unsafe Array(held.bytes[..<start])
    held.removeFirst(start)
    phase = .records
  }

  // MARK: The end

  private func leaveFooterOut() {
    guard let footer else { return }
    // From the last line upwards; blank lines belong to what stands behind them.
    var end = held.count
    var found = 0
    while found < footer.lines {
      guard end > 0 else { return complain(footer, nil) }
      let start = lineStart(before: end)
      let isBlank = isBlank(start..<end)
      if start == 0, handedOn > 0, lastByte != UInt8(ascii: "\n") { return complain(footer, nil) }
      if !isBlank { found += 1 }
      if found == footer.lines, !begins(start, with: Array(footer.startsWith.utf8)) {
        return complain(footer, unsafe quoted(held.bytes[start..<end].prefix(80)))
      }
      end = start
    }
    while end > 0 {
      let start = lineStart(before: end)
      guard isBlank(start..<end) else { break }
      end = start
    }
    left.after = unsafe Array(held.bytes[end...])
    held.truncate(to: end)
  }

  private func lineStart(before end: Int) -> Int {
    unsafe held.bytes[..<(end - 1)].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
  }

  private func isBlank(_ range: Range<Int>) -> Bool {
    unsafe held.bytes[range].allSatisfy { $0 <= 0x20 }
  }

  private func complain(_ footer: Footer, _ line: String?) {
    let place =
      footer.lines == 1 ? "its last line" : "line \(footer.lines) from its end"
    complaint =
      "its footer is missing, so it may have been cut off: \(place) begins with "
      + "\(line ?? "nothing that is in sight"), not with \(quoted(footer.startsWith.utf8)) "
      + "(source.footer_starts_with)"
  }
}
