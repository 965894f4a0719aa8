import Basics
import Proposing
import Records
import Testing

/// By which columns records can be told apart.
@Suite struct KeyTests {
  private func rows(_ header: String, _ count: Int, _ row: (Int) -> String) -> String {
    header + "\n" + (0..<count).map { row($0) + "\n" }.joined()
  }

  @Test func singleColumns() throws {
    let finding = try Given(rows("name,amount,id", 200) { "n\($0),\($0).5,\(1000 - $0)" }).key()
    #expect(finding.key == ["id"])
    #expect(finding.others == [["name"]])
    #expect((finding.records, finding.distinct, finding.bad) == (200, 200, 0))
    // Fractions are measured, whatever they happen to be.
    #expect(try Given(rows("amount,state", 200) { "\($0).25,\($0 % 3)" }).key().key == [])
    // A count is no key either, if there is something better.
    let tides = rows("station,time,level", 300) { "s\($0 % 3),2026-11-21 \($0 / 3),\($0 * 7)" }
    #expect(try Given(tides).key().key == ["station", "time"])
  }

  @Test func pairsAndTriples() throws {
    let dates = rows("Date,Country,Cases", 400) { "2026-01-\($0 / 20),c\($0 % 20),\($0 % 7)" }
    #expect(try Given(dates).key().key == ["Date", "Country"])
    let three = rows("a,b,c,d", 1000) { "x\($0 % 10),y\($0 / 10 % 10),z\($0 / 100),\($0 % 2)" }
    #expect(try Given(three).key().key == ["a", "b", "c"])
  }

  @Test func nothingIsUnique() throws {
    let text = rows("id,v,w", 300) { "\($0 == 299 ? 0 : $0),a\($0 == 299 ? 0 : $0 % 3),\($0).5" }
    let finding = try Given(text).key()
    #expect(finding.key == [])
    #expect(finding.nearest.first == .init(columns: ["id"], sharing: 1))
    var draft = try Given(text).draft()
    draft.key = finding
    let written = try draft.text()
    #expect(written.contains("# No key: "))
    #expect(written.hasSuffix("\n# key: id\n"))
    // All columns together are no key, but the record.
    #expect(try Given(rows("id,v", 300) { "\($0 / 2),a\($0 % 2)" }).key().key == [])
  }

  @Test func repeatedAndBadRecords() throws {
    let text = rows("id,v", 100) { "\($0),a" } + "7,a\n8,a\n9\n"
    let finding = try Given(text).key()
    #expect(finding.key == ["id"])
    #expect((finding.records, finding.distinct, finding.bad) == (102, 100, 1))
    #expect(finding.reasons.contains { $0.contains("2 records repeat another one exactly") })
    let same = try Given(rows("id,v", 20) { _ in "1,a" }).key()
    #expect(same.key == [] && same.reasons.first?.contains("All 20 records are the same") == true)
    let many = try Given(rows("id,v,w", 100) { "\($0 / 2),a\($0 / 2 % 7),b" }).key()
    #expect(many.key == ["id"])
    #expect(many.reasons.contains { $0.contains("guards.repeated") })
  }

  @Test func fewRecords() throws {
    #expect(try Given("id,v\n").key() == KeyFinding())
    #expect(try Given("v,id\na,1\n").key().key == ["id"])
    #expect(try Given("v,w\na,1\n").key().key == [])
    #expect(try Given("v,id\na,1\nb,2\n").key().reasons.first?.contains("by chance") == false)
    #expect(try Given("v,id\na,1\nb,2\n").key().reasons.first?.contains("may be chance") == true)
  }

  @Test func blankValuesAreNoKey() throws {
    let finding = try Given(rows("id,name,v", 100) { "\($0 == 50 ? "" : "\($0)"),n\($0),\($0 % 3)" }).key()
    #expect(finding.key == ["name"])
    let pairs = try Given(rows("code,day,v", 100) { "\($0 / 10 == 5 ? "" : "c\($0 / 10)"),d\($0 % 10),x" })
      .key()
    #expect(pairs.key == ["code", "day"])
  }

  @Test func columnsOfJSON() throws {
    let lines = (0..<100).map {
      #"{"p":{"q":{"id":\#($0),"t":"x"}},"tags":[\#($0)],"a.b":\#($0 % 9),"":\#($0)}"# + "\n"
    }
    #expect(try Given(lines.joined(), "d.jsonl").key().key == ["p.q.id"])
    let named = (0..<100).map { #"{"x.id":"\#($0)","v":null}"# + "\n" }.joined()
    #expect(try Given(named, "d.jsonl").key().key == ["x.id"])
    let array = "[" + (0..<100).map { #"{"v":1.5,"ä":"k\#($0)"}"# }.joined(separator: ",") + "]"
    #expect(try Given(array, "d.json").key().key == ["ä"])
  }

  @Test func manyColumns() throws {
    // The only key is the last of many columns, and its name says nothing.
    let header = (0..<60).map { "c\($0)" }.joined(separator: ",") + ",zz"
    let text = rows(header, 500) { row in (0..<60).map { "v\((row * $0) % 5)," }.joined() + "w\(row)" }
    #expect(try Given(text).key().key == ["zz"])
  }

  @Test func theTimeOfAnExport() throws {
    let text = rows("id,v,exported_at,country", 100) { "\($0),\($0 % 5),2026-11-21T10:00:00Z,DE" }
    let finding = try Given(text).key()
    #expect(finding.exports == [.init(column: "exported_at", value: "2026-11-21T10:00:00Z")])
    #expect(
      finding.reasons.contains { $0.contains("\"exported_at\" is \"2026-11-21T10:00:00Z\" in all records") })
    #expect(try Given(rows("id,day", 100) { "\($0),2026-11-\(10 + $0 % 9)" }).key().exports == [])
  }

  /// Whatever of it fits into memory at once, the figures are the same.
  @Test(arguments: [1, 64, 1000, 1 << 20]) func countsAreExact(limit: Int) throws {
    let csv = Format.csv(delimiter: 0x2C)
    let pairs = rows("a,b,v", 9000) { "a\($0 % 95),b\($0 / 95),\($0 % 3).5" }
    let finding = try findKey(in: Array(pairs.utf8), csv, limit: limit)
    #expect(finding.key == ["a", "b"])
    #expect(finding.distinct == 9000)
    // Ten more, of which three are what was there already.
    let more = (0..<10).map { "a\($0),b0,\($0 < 3 ? "\($0 % 3).5" : "9.75")\n" }.joined()
    let none = try findKey(in: Array((pairs + more).utf8), csv, limit: limit)
    #expect(none.key == [])
    #expect(none.nearest.first == .init(columns: ["a", "b"], sharing: 7))
    #expect((none.records, none.distinct) == (9010, 9007))
  }

  @Test func aDumpThatCannotBeCut() throws {
    let refusal = failure { _ = try findKey(in: Array(#"[{"id":1},{"id":2}"#.utf8), .json(unwrap: [])) }
    #expect(refusal?.kind == .badData)
    #expect(refusal?.message.contains("ends early") == true)
  }
}
