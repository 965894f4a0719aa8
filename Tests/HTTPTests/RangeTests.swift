import FeedSources
import HTTP
import Testing

/// Headers that say where a body goes on.
@Suite struct RangeTests {
  @Test(arguments: [
    ("bytes 100-199/200", 100, true), ("bytes 0-0/1", 0, true), ("bytes 100-199/201", 100, false),
    ("bytes 100-199/*", 100, false), ("bytes 99-199/200", 100, false), ("", 0, false),
    ("bytes 0--1/0", 0, false),
    // Its predecessor is no number any more.
    ("bytes 0-9223372036854775807/-9223372036854775808", 0, false),
  ])
  func isTheRest(range: String, from: Int, expected: Bool) {
    #expect(HTTPResponse.isRest(range, from: from) == expected)
  }

  @Test(arguments: [
    (["<a>; rel=next"], "a"), (["<a>; rel=prev, <b>; REL=\"last next\""], "b"),
    (["<a>; title=\"x, <b>\"; rel=next"], "a"),
    (["<a>; rel=prev", "<b>; rel = next"], "b"),
    // With what stands behind the bracket it would be another character.
    (["<\u{301}a>; rel=next"], "\u{301}a"), (["<a>\u{301}; rel=next"], "a"),
    (["<a>; rel=nexts"], nil), (["a; rel=next"], nil), (["<a"], nil), ([], nil),
  ])
  func findsTheNextPage(headers: [String], expected: String?) {
    #expect(nextLink(headers).map { Array($0.utf8) } == expected.map { Array($0.utf8) })
  }
}
