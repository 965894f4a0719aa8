import RecordModels
import Records
import Testing

@Suite struct HeaderTests {
  private func parse(_ line: [UInt8]) throws(BadRecord) -> [String] {
    unsafe try line.whole { bytes throws(BadRecord) in unsafe try Header.parse(bytes, delimiter: 0x2C) }
  }

  @Test(arguments: [
    ("a,b\n", ["a", "b"]), ("a,b\r\n", ["a", "b"]), ("a", ["a"]), ("\"a,\"\"b\"\"\",c\n", ["a,\"b\"", "c"]),
    ("a,a,a\n", ["a", "a_2", "a_3"]), ("a,a,a_2\n", ["a", "a_3", "a_2"]), ("a_2,a,a\n", ["a_2", "a", "a_3"]),
    (",b,\n", ["column_1", "b", "column_3"]), (",column_1\n", ["column_1_2", "column_1"]),
    ("é,e\u{301}\n", ["é", "e\u{301}"]), (" a , a \n", [" a ", " a _2"]), ("a,\"a\nb\"\r\n", ["a", "a\nb"]),
    ("a,a,a_2,a_2\n", ["a", "a_3", "a_2", "a_2_2"]),
  ]) func namesColumns(line: String, names: [String]) throws {
    let parsed = try parse(Array(line.utf8))
    #expect(parsed.map { Array($0.utf8) } == names.map { Array($0.utf8) })
    #expect(Set(parsed.map { Array($0.utf8) }).count == parsed.count)
  }

  /// Takes for ever if each is compared with all before it.
  @Test func manyMayHaveTheSameName() throws {
    let names = try parse(Array(("a" + String(repeating: ",a", count: 199_999)).utf8))
    #expect(Set(names).count == 200_000 && names.last == "a_200000")
  }

  @Test func refusesWhatIsNoUTF8() {
    let error = #expect(throws: BadRecord.self) { try parse([0x61, 0x2C, 0xFF, 0x0A]) }
    #expect(error?.reason == .invalidUTF8)
    #expect(error?.message.contains("byte 2") == true)
  }

  @Test func refusesAnOpenQuote() {
    let error = #expect(throws: BadRecord.self) { try parse(Array("a,\"b\n".utf8)) }
    #expect(error?.reason == .unterminatedQuote)
  }
}
