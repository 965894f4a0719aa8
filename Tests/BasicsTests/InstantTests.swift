import Basics
import Testing

@Suite struct InstantTests {
  @Test(arguments: [
    ("2026-11-21T07:18:00Z", "2026-11-21T07:18:00Z"),
    ("2026-11-21", "2026-11-21T00:00:00Z"),
    ("20261121T071800Z", "2026-11-21T07:18:00Z"),
    ("2026-11-21T07:18:00.25+01:00", "2026-11-21T06:18:00.250000Z"),
    ("2024-02-29T23:59:59-00:30", "2024-03-01T00:29:59Z"),
    ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
    ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"), ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
  ])
  func readsAndWrites(text: String, expected: String) throws {
    let instant = try #require(Instant(text))
    #expect(instant.description == expected)
    #expect(Instant(instant.description) == instant)
  }

  @Test(arguments: [
    "2026-02-30T00:00:00Z", "2025-02-29", "2026-13-01", "2026-11-21T24:00:00Z", "2026-11-21T07:18:60Z",
    "2026-11-21T07:18:00", "yesterday", "", "2026-11-21T07:18:00Zx", "26-11-21", "0000-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
  ])
  func refuses(text: String) { #expect(Instant(text) == nil) }

  @Test func everyDayOfFourCenturiesComesBack() {
    for day in stride(from: Int64(-146_097), through: 146_097, by: 1) {
      let instant = Instant(seconds: day * 86400 + 12345)
      #expect(Instant(instant.description) == instant)
    }
  }
}
