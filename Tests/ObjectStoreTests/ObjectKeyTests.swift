import ObjectStore
import StrandlineTesting
import Testing

@Suite struct ObjectKeyTests {
  @Test(arguments: [
    "", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "../a", "a/./b", ".strandline", ".strandline/lock",
    "a/.strandline-x", "a\\b", "a\nb", "a\0b", "\u{7F}", String(repeating: "x", count: 201),
    String(repeating: "ab/", count: 300) + "c",
    // A slash with a mark over it is one Character: a path splits there all the same.
    "../\u{301}etc", "a/\u{301}/../b", "..\u{2F}\u{301}", ".strandline/\u{301}x",
  ])
  func refuses(_ text: String) {
    let error = #expect(throws: StoreError.self) { try ObjectKey(text) }
    #expect(error?.kind == .invalid)
    #expect(error?.message.hasPrefix("not a valid key: ") == true)
  }

  @Test(arguments: [
    "a", "a/b/c.json", "...", "a/..b", "strandline", "é/ü", "a b", "-", "~",
    String(repeating: "x", count: 200),
    String(repeating: "x", count: 200) + "/y",
  ])
  func takes(_ text: String) throws { #expect(try ObjectKey(text).description == text) }

  @Test func isOrderedAndEqualByBytes() throws {
    #expect(try ObjectKey("a-b") < ObjectKey("a/b"))
    #expect(try ObjectKey("a/b") < ObjectKey("a0"))
    // UTF-16 has these two the other way around.
    #expect(try ObjectKey("\u{FF5E}") < ObjectKey("\u{1F600}"))
    #expect(try ObjectKey("caf\u{E9}") != ObjectKey("cafe\u{301}"))
    #expect(try ObjectKey("a").appending("b") == ObjectKey("a/b"))
  }
}
