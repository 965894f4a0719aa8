import StrandlineTesting
import Testing

/// Servers that give a cookie to anybody, and tell by what comes in the dump's place whether somebody is known.
@Suite struct FormLoginTests {
  private func source(_ dump: String, password: String = "P") -> String {
    "url: $/\(dump)\nlogin: { url: $/cookies-for-all, form: { user: reader }, form_env: { password: \(password) } }"
  }

  /// A page may also be about something else, so that is tried a second time before a long pause.
  @Test(arguments: [
    ("inside.csv", "/inside.csv answered with a page of HTML", 1),
    ("back-to-form.csv", "the dump's address leads back to it", 0),
  ])
  func aFormThatIsRefusedIsNotSentAgainAndAgain(dump: String, says: String, tries: Int) throws {
    let guarded = try GuardedSource()
    try guarded.expectRefusal(
      source(dump, password: "K"), [78], says: "seems to have been refused: ", says)
    func posts() throws -> Int { try guarded.asked().count { $0.method == "POST" } }
    let before = try posts()
    for _ in 0..<4 { _ = try guarded.bench.tick() }
    #expect(try posts() == before + tries)
    try guarded.bench.run(expecting: "skipped")
    #expect(try guarded.records(source(dump)) == GuardedSource.all)
  }

  /// A form without a secret belongs to no account.
  @Test func aFormOfNobodyIsSentAgain() throws {
    let guarded = try GuardedSource()
    let source =
      "url: $/back-to-form.csv\nlogin: { url: $/cookies-for-all, form: { user: guest } }\nbreaker: { failures: 0 }"
    try guarded.expectRefusal(source, [78], says: "leads back to it")
    try guarded.bench.tick().expect(78, says: "leads back to it")
  }

  /// A form that did not change says nothing about the dump.
  @Test func nothingNewAtTheForm() throws {
    let guarded = try GuardedSource()
    try guarded.bench.write("password", "s3cret&=")
    let source =
      "url: $/back-to-form.csv\nlogin: { url: $/cookies-for-all, form: { user: reader }, form_file: { password: password } }"
    #expect(try guarded.records(source) == GuardedSource.all)
    #expect(try guarded.bench.run(expecting: "unchanged").data.outcome == "unchanged")
    try guarded.bench.write("password", "another")
    try guarded.bench.tick(["--try-again"]).expect(78, says: "leads back to it")
  }

  @Test func recordsInAPage() throws {
    let guarded = try GuardedSource()
    let text = source("table") + "\nformat: xml\nrecord: /html/body/tr"
    #expect(try guarded.records(text) == GuardedSource.all)
  }

  /// Whoever got three pages gave the right password.
  @Test func aSessionThatEnds() throws {
    let guarded = try GuardedSource()
    let text = source("ending.csv") + "\npages: { by: number, parameter: page, first: 0 }"
    try guarded.expectRefusal(text, [69], says: "answered with a page of HTML after others of the dump")
  }
}
