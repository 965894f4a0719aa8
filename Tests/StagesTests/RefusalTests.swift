import Basics
import FeedFile
import History
import ObjectStore
import Stages
import StrandlineTesting
import Testing

/// A sick source never wipes history, and what it sent is kept.
@Suite struct RefusalTests {
  struct Sick: Sendable, CustomTestStringConvertible {
    var name: String
    var dump: [UInt8]
    /// What the message has to say.
    var says: [String]
    /// Whether somebody may take it all the same.
    var isAcceptable = true
    var testDescription: String { name }
  }

  static let big = Table(0..<400)
  static let cases: [Sick] = [
    Sick(
      name: "bad", dump: Array("id,name,text\n1,a,b\n2,c\n3,d,e\n".utf8),
      says: [
        "1 of 3 records are bad (guards.bad allows 1%): the first is in line 3 of the dump: 2 fields, the header has 3; ",
        "; the quarantine is memory:/cases/quarantine/", "--accept", ", or set guards.bad higher",
      ]),
    Sick(
      name: "all bad", dump: Array("id,name,text\n1,a\n2,b\n".utf8),
      says: [
        "2 of 2 records are bad", "in line 2 of the dump: 2 fields", "`key` (id) in the feed file",
        "cannot be accepted",
      ],
      isAcceptable: false),
    Sick(
      name: "gone", dump: big.removing(Array(100..<200)).csv,
      says: ["100 of 400 records are gone", "guards.gone allows 20%", "--accept"]),
    Sick(
      name: "empty", dump: Array("id,name,text\n".utf8), says: ["no records", "guards.empty", "--accept"]),
    Sick(name: "nothing", dump: [], says: ["not even a header", "look at the source"], isAcceptable: false),
    Sick(
      name: "duplicates",
      dump: Array(big.csv + Table(0..<40, text: "of another dump").csv.drop { $0 != 10 }.dropFirst()),
      says: [
        "40 of 440 records", "guards.duplicates allows 5%",
        "is `key` right? (the first is in line 402 of the dump: another record has", "--accept",
      ]),
    Sick(
      name: "key column", dump: Array("ID,name,text\n1,a,b\n".utf8),
      says: ["key column \"id\" is missing", "ID, name, text", "feed file"], isAcceptable: false),
    Sick(
      name: "HTML", dump: Array("<!DOCTYPE html>\n<html><body>Sorry</body></html>\n".utf8),
      says: ["HTML or XML", "<!DOCTYPE html>", "; look at what the source sends"], isAcceptable: false),
    Sick(
      name: "error page", dump: Array("  <h1>Sorry, later</h1>\n".utf8),
      says: ["HTML or XML", "(it begins with \"<h1>Sorry\")", "; look at what the source sends"],
      isAcceptable: false),
    Sick(
      name: "XHTML", dump: Array("<?xml version=\"1.0\"?><!DOCTYPE html>\n<html></html>\n".utf8),
      says: ["HTML or XML"], isAcceptable: false),
    Sick(
      name: "XML", dump: Array("\u{FEFF}<?xml version=\"1.0\"?>\n<report><row id=\"1\"/></report>\n".utf8),
      says: [
        "looks like XML, not like CSV (it begins with \"<?xml version=\"1.0\"?>\"); set source.format to xml and "
          + "source.record", "or look at what the source sends",
      ], isAcceptable: false),
    Sick(
      name: "XML without a declaration", dump: Array("<report day=\"1\"><row id=\"1\"/></report>\n".utf8),
      says: ["looks like XML, not like CSV"], isAcceptable: false),
    Sick(
      name: "JSON",
      dump: Array("\u{FEFF} {\"data\": {\"items\": [{\"id\": 1, \"v\": \"a\"}, {\"id\": 1}]}}\n".utf8),
      says: [
        "looks like JSON, not like CSV (it begins with {\"data\")",
        "; set source.format to json (and", "source.unwrap",
      ],
      isAcceptable: false),
    Sick(
      name: "JSON in lines", dump: Array("[\n{\"id\": 1}]\n".utf8),
      says: ["looks like JSON"], isAcceptable: false),
    Sick(
      name: "brackets", dump: Array("[ID],{name}\n1,a\n".utf8),
      says: ["key column \"id\" is missing", "the dump has: [ID], {name}."], isAcceptable: false),
    Sick(
      name: "many columns",
      dump: Array(
        ((1...50).map { "c\($0)" } + [String(repeating: "x", count: 50)]).joined(separator: ",").utf8)
        + [0x0A],
      says: ["the dump has: c1, c2,", "c20 and 31 more. Mend the source"], isAcceptable: false),
    Sick(
      name: "long columns", dump: Array("\(String(repeating: "x", count: 41)),b\n".utf8),
      says: ["the dump has: \(String(repeating: "x", count: 40))…, b."], isAcceptable: false),
    Sick(
      name: "encoding", dump: Array("id,name,text\n1,a,b\n2,Gr".utf8) + [0xFC] + Array("n,c\n".utf8),
      says: [
        "1 of 2 records are bad", "is no UTF-8, at byte",
        "; set source.encoding if the dump is in another encoding than UTF-8; if it is right all the same",
        "--accept",
      ]),
    Sick(
      name: "encoding of all", dump: Array("id,name,text\n2,Gr".utf8) + [0xFC] + Array("n,c\n".utf8),
      says: [
        "; set source.encoding if the dump is in another encoding than UTF-8. Mend the source. There would be"
      ],
      isAcceptable: false),
    Sick(
      name: "unterminated", dump: Array(big.csv.dropLast(20)),
      says: ["cut off", "no line end", "guards.truncated", "--accept"]),
    Sick(
      name: "in quotes", dump: Array(big.csv + "500,\"begun and\n".utf8),
      says: ["cut off", "inside a quoted field", "guards.truncated", "--accept"]),
    Sick(
      name: "header", dump: Array("id,name,te\u{FF}xt\n1,a,b\n".unicodeScalars.map { UInt8($0.value) }),
      says: ["cannot be read", "header", "no UTF-8", "set source.encoding"], isAcceptable: false),
  ]

  @Test(arguments: cases) func refusesKeepsAndAccepts(_ sick: Sick) throws {
    let world = try World()
    try world.tick(Self.big.csv)
    let event = try world.tick(sick.dump)
    #expect(event.data.outcome == .refused)
    let message = event.data.message ?? ""
    for part in sick.says { #expect(message.contains(part), "\(message)") }
    try world.check([Self.big], sick.name)
    #expect(try world.dump(of: event.data.run) == sick.dump)

    let packs = try listing(world.store).keys.filter { $0.contains("/packs/") }
    let again = try world.tick()
    #expect(again.data.outcome == .refused)
    #expect(again.data.run != event.data.run)
    #expect(try listing(world.store).keys.filter { $0.contains("/packs/") } == packs, "stored twice")
    #expect(try world.dump(of: again.data.run) == sick.dump)
    #expect(try world.tick().data.outcome == .refused)
    #expect(try listing(world.store).keys.filter { $0.contains("/packs/") } == packs, "stored thrice")

    if sick.isAcceptable {
      let accepted = try world.accept(event.data.run)
      #expect(accepted.data.outcome == .found)
      #expect(try world.accept(event.data.run) == accepted, "twice")
      #expect(try world.goOn(from: accepted).data.outcome == .published)
      let heads = try world.entries()
      #expect(heads.count == 2 && heads[1].validFrom == event.data.validFrom)
      #expect(try world.dump(of: accepted.data.run) == sick.dump)
      #expect(try world.tick().data.outcome == .unchanged)
      // The next dump builds on it.
      let next = Self.big.changing([7], to: "afterwards")
      let healthy = try world.tick(next.csv)
      #expect(healthy.data.outcome == .published, "\(healthy.data.message ?? "")")
      #expect(try world.rows(asOf: world.entries()[2].validFrom) == next.rows)
      #expect(try world.dump(of: accepted.data.run) == sick.dump)
    } else {
      let answer = Result { () throws(Failure) in try world.accept(event.data.run) }
      switch answer {
      case .success(let event): #expect(event.data.outcome == .refused)
      case .failure(let failure): #expect(failure.kind == .badData, "\(failure)")
      }
      #expect(try world.tick(second.csv).data.outcome == .refused, "gone")
      try world.check([Self.big], sick.name)
    }
  }

  /// Where a refused dump comes first there is no head to build on.
  @Test(arguments: cases) func refusesAFirstDump(_ sick: Sick) throws {
    // Nothing can be gone yet, and nothing tells that a first dump was cut off but an open quote.
    if ["gone", "unterminated"].contains(sick.name) { return }
    let world = try World()
    let event = try world.tick(sick.dump)
    #expect(event.data.outcome == .refused)
    #expect(try world.entries().isEmpty)
    #expect(try world.dump(of: event.data.run) == sick.dump)
    let bases = try listing(world.store).keys.filter { $0.contains("/bases/") }
    #expect(try world.tick().data.outcome == .refused)
    #expect(try listing(world.store).keys.filter { $0.contains("/bases/") } == bases)
    try world.tick(first.csv)
    try world.tick(second.csv)
    try world.check([first, second], sick.name)
  }

  /// Without a key no column is missed.
  @Test func jsonWhereCSVWithoutAKeyShouldBe() throws {
    let world = try World("feed: cases\nsource: { path: cases.csv }\n")
    let event = try world.tick(Array("{\"id\": 1, \"v\": 2}\n{\"id\": 2, \"v\": 2}\n".utf8))
    #expect(
      event.data.outcome == .refused && event.data.message?.contains("looks like JSON") == true, "\(event)")
    #expect(try world.tick(Array("[2020],{name}\n1,2\n".utf8)).data.outcome == .published)
  }

  @Test func brokenJSON() throws {
    let world = try World(
      """
      feed: cases
      source: { path: cases.json, format: json, unwrap: items }
      key: id
      """)
    func json(_ table: Table) -> String {
      "{\"items\":["
        + table.rows.map {
          "{\"id\":\"\($0["id"] ?? "")\",\"name\":\"\($0["name"] ?? "")\",\"text\":\"\($0["text"] ?? "")\"}"
        }
        .joined(separator: ",\n") + "]}"
    }
    let whole = Array(json(first).utf8)
    #expect(try world.tick(whole).data.outcome == .published)
    for (dump, says) in [
      (Array(whole.dropLast(2)), "ends early"), (Array("<html>".utf8), "byte 0"), ([], "empty"),
      (Array("{\"error\":1}".utf8), "items"), (Array(json(Table(0..<0)).utf8), "no records"),
    ] {
      let event = try world.tick(dump)
      #expect(
        event.data.outcome == .refused && event.data.message?.contains(says) == true,
        "\(event.data.message ?? "")")
      #expect(try world.dump(of: event.data.run) == dump)
      if says != "no records" {
        let failure = #expect(throws: Failure.self) { try world.accept(event.data.run) }
        #expect(failure?.kind == .badData && failure?.message.contains("cannot be accepted") == true)
      }
      #expect(try world.entries().count == 1)
    }
    #expect(try world.tick(Array(json(second).utf8)).data.outcome == .published)
    #expect(try world.rows(asOf: world.entries()[1].validFrom) == second.rows)
  }

  @Test func guardsCanBeSet() throws {
    let settings = World.plain + "\nguards: { empty: accept, truncated: accept, bad: 100%, gone: 100% }\n"
    let world = try World(settings)
    try world.tick(Self.big.csv)
    #expect(try world.tick(Array(Self.big.csv.dropLast(3))).data.outcome == .published)
    #expect(try world.tick(Array("id,name,text\n".utf8)).data.outcome == .published)
    #expect(try world.rows(asOf: world.entries()[2].validFrom).isEmpty)
    try world.tick(Self.big.csv)
    #expect(try world.entries().count == 4)
  }

  @Test func whatIsAcceptedMustBeRefusedAndNewer() throws {
    let world = try World()
    try world.tick(first.csv)
    let failure = #expect(throws: Failure.self) { try world.accept("20200101T000000Z-nobody") }
    #expect(failure?.kind == .usage && failure?.message.contains("there is no refused run") == true)
    let good = try world.tick(second.csv)
    #expect(#expect(throws: Failure.self) { try world.accept(good.data.run) }?.kind == .usage)

    let refused = try world.tick(Array("id,name,text\n".utf8))
    try world.tick(third.csv)
    let late = #expect(throws: Failure.self) { try world.accept(refused.data.run) }
    #expect(
      late?.kind == .usage && late?.message.contains("only a newer dump") == true,
      "\(String(describing: late))")
    try world.check([first, second, third], "nothing was accepted")
    #expect(try world.tick().data.outcome == .unchanged)
  }

  @Test func anInterruptedRunComesBeforeAccept() throws {
    let world = try World()
    try world.tick(first.csv)
    let refused = try world.tick(Array("id,name,text\n".utf8))
    world.dump = second.csv
    world.store.advance(bySeconds: 60)
    _ = try world.fetch()
    #expect(#expect(throws: Failure.self) { try world.accept(refused.data.run) }?.kind == .tryAgain)
    world.store.advance(bySeconds: 200)
    let failure = #expect(throws: Failure.self) { try world.accept(refused.data.run) }
    #expect(failure?.kind == .tryAgain && failure?.message.contains("interrupted run comes first") == true)
  }

  /// What was wrong were the settings: the same bytes are looked at anew once they are mended.
  @Test func mendedSettingsCountForTheSameDump() throws {
    let world = try World()
    let dump = Array(
      String(decoding: first.csv, as: UTF8.self).map { $0 == "," ? ";" : $0 }.map(String.init).joined().utf8)
    #expect(try world.tick(dump).data.outcome == .refused)
    let mended = World.plain.replacing("format: csv", with: "format: csv, delimiter: \";\"")
    world.feed = try parse(feedFile: Array(mended.utf8), name: "feed.yaml")
    #expect(try world.tick(dump).data.outcome == .published)
    #expect(try world.rows(asOf: world.entries()[0].validFrom) == first.rows)
  }
}
