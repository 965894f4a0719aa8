import Converting
import Testing

@Suite struct TrimmerTests {
  private static let rows = "Date,N\n1,2\n3,4\n"

  @Test(
    arguments: [
      ("Report\n\nof today\n" + rows, 3, nil, nil, "Report\n\nof today\n", ""),
      ("Report\r\n\u{FEFF}x\n" + rows, 0, "Date,", nil, "Report\r\n\u{FEFF}x\n", ""),
      ("\u{FEFF}" + rows, 0, "Date,", nil, "", ""),
      ("Date of report\n" + rows, 1, "Date", nil, "Date of report\n", ""),
      (rows + "Total,6\n", 0, nil, 1, "", "Total,6\n"),
      (rows + "Total,6", 0, nil, 1, "", "Total,6"),
      (rows + "\r\n\r\nTotal,6\r\n \n\n", 0, nil, 1, "", "\r\n\r\nTotal,6\r\n \n\n"),
      (rows + "Total,6\n\nby hand\n", 0, nil, 2, "", "Total,6\n\nby hand\n"),
      ("A\n" + rows + "Total,6\n", 1, "Date", 1, "A\n", "Total,6\n"),
    ] as [(String, Int, String?, Int?, String, String)])
  func isLeftOut(dump: String, skip: Int, header: String?, footer: Int?, before: String, after: String) throws
  {
    for size in [1, 2, 5, 1000] {
      let trimmer = Trimmer(
        skip: skip, header: header, footer: footer.map { .init(lines: $0, startsWith: "Total") })
      let made = try converted(Array(dump.utf8), by: size, trimmer)
      #expect(String(decoding: made, as: UTF8.self).hasSuffix(Self.rows))
      #expect(trimmer.complaint == nil, "\(trimmer.complaint ?? "")")
      #expect(before.utf8 + made + after.utf8 == Array(dump.utf8))
      #expect(String(decoding: trimmer.leftOut?.before ?? [], as: UTF8.self) == before)
      #expect(String(decoding: trimmer.leftOut?.after ?? [], as: UTF8.self) == after)
    }
  }

  @Test(
    arguments: [
      (
        rows, 0, "Datum", nil,
        "no line begins with \"Datum\", as source.header_starts_with has it; it begins with \"Date,N\\n"
      ),
      (rows, 9, nil, nil, "it has 3 lines, and source.skip is 9"), ("", 1, nil, nil, "it has 0 lines"),
      (
        rows, 0, nil, 1,
        "its footer is missing, so it may have been cut off: its last line begins with \"3,4\\n\", not with \"Total\""
      ),
      (rows + "Tot", 0, nil, 1, "its last line begins with \"Tot\""),
      (rows + "Total,6\nx\ny\n", 0, nil, 2, "line 2 from its end begins with \"x\\n\""),
      ("", 0, nil, 1, "its footer is missing"), ("\n\n", 0, nil, 1, "its footer is missing"),
    ] as [(String, Int, String?, Int?, String)])
  func isNotThere(dump: String, skip: Int, header: String?, footer: Int?, says: String) throws {
    for size in [1, 2, 5, 1000] {
      let trimmer = Trimmer(
        skip: skip, header: header, footer: footer.map { .init(lines: $0, startsWith: "Total") })
      // All of it stays, so that it can be looked at.
      #expect(try converted(Array(dump.utf8), by: size, trimmer) == Array(dump.utf8))
      #expect(trimmer.complaint?.contains(says) == true, "\(trimmer.complaint ?? "nothing")")
      #expect(trimmer.leftOut == nil)
    }
  }

  @Test func longDumpsPassBy() throws {
    let rows = "id\n" + (0..<60000).map { "\($0)\n" }.joined()
    for size in [1000, 70000] {
      let trimmer = Trimmer(skip: 1, header: nil, footer: .init(lines: 1, startsWith: "Total"))
      let made = try converted(Array("title\n\(rows)Total\n".utf8), by: size, trimmer)
      #expect(String(decoding: made, as: UTF8.self) == rows)
    }
    // A footer that is longer than what is held back is not in sight.
    let trimmer = Trimmer(skip: 0, header: nil, footer: .init(lines: 1, startsWith: "Total"))
    let long = Array("\(rows)Total\(String(repeating: "x", count: 70000))\n".utf8)
    #expect(try converted(long, by: 1000, trimmer) == long)
    #expect(trimmer.complaint?.contains("nothing that is in sight") == true)
    // And so is a header behind a very long beginning.
    let other = Trimmer(skip: 0, header: "id", footer: nil)
    let title = Array(String(repeating: "title\n", count: 200_000).utf8) + Array("id\n".utf8)
    #expect(try converted(title, by: 100_000, other) == title)
    #expect(other.complaint?.contains("no line begins with \"id\"") == true)
  }
}
