import Basics
import RecordModels
import Records
import StrandlineTesting
import Testing

/// What is cut and parsed in one pass is what cutting it, then parsing it, makes.
@Suite struct FirstRecordTests {
  private let header = ["a", "b", "c"]

  private func parser() -> RecordParser {
    RecordParser(format: comma, header: header, key: ["b"], renamed: ["c": "other"])
  }

  /// Takes record after record; how many were taken in one pass.
  private func compare(_ dump: [UInt8], _ why: String) -> Int {
    var quick = parser()
    var usual = parser()
    var splitter = BlockSplitter(format: comma)
    var position = 0
    var hits = 0
    while position < dump.count {
      var length = 0
      unsafe dump.withUnsafeBytes { bytes in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[position...])
        length = unsafe splitter.nextLength(rest)
        let found = unsafe quick.parseFirst(of: rest)
        let outcome = unsafe usual.parse(UnsafeRawBufferPointer(rebasing: rest[..<length]))
        guard let found else { return }
        hits += 1
        #expect(found == length && outcome == .record, "\(why), at byte \(position)")
        guard found == length, outcome == .record else { return }
        #expect(contents(&quick) == contents(&usual), "\(why), at byte \(position)")
      }
      position += length
    }
    return hits
  }

  private func contents(_ parser: inout RecordParser) -> [[UInt8]] {
    var members = ByteBuffer()
    var canonical = ByteBuffer()
    var key = ByteBuffer()
    var keyJSON = ByteBuffer()
    parser.appendMembers(to: &members)
    parser.appendCanonical(to: &canonical)
    let hasKey = parser.appendKey(to: &key)
    parser.appendKeyJSON(to: &keyJSON)
    let fields = parser.fields().map { "\($0.name)=\($0.text);" }.joined()
    return [
      members.array(), canonical.array(), key.array(), [hasKey ? 1 : 0], keyJSON.array(), Array(fields.utf8),
    ]
  }

  @Test(arguments: 0..<4) func anyBytes(_ seed: Int) {
    var generator = SplitMix64(seed)
    let alphabets = ["\",\n", "\",\r\nab", "\",,\nabcdefgé\\\u{1}", "aaaaaaaaaaaaaaaaaaaaaa,,\"\n"]
      .map { Array($0.utf8) }
    for round in 0..<5_000 {
      _ = compare(noise(alphabets[round % 4], 300, &generator), "seed \(seed), round \(round)")
    }
  }

  @Test(arguments: 0..<4) func wellFormedRecords(_ seed: Int) {
    var writer = CSVWriter(generator: SplitMix64(seed))
    var (hits, rows) = (0, 0)
    for round in 0..<500 {
      let count = writer.generator.below(30) + 1
      // Values of any length, so that all comes to stand at every place of sixty-four.
      let table = (0..<count).map { _ in
        (0..<3).map { _ in (0..<writer.generator.below(6)).map { _ in writer.value() }.joined() }
      }
      let dump = writer.write(table).filter { $0 != 13 }
      hits += compare(dump, "seed \(seed), round \(round)")
      rows += count
    }
    #expect(hits > rows / 2, "\(hits) of \(rows) in one pass")
  }

  @Test func whatIsNotTaken() {
    let filling = String(repeating: "1,2,3\n", count: 40)
    for record in [
      "1,2\n", "1,2,3,4\n", "\n", "1,,3\n", "1,2,3\r\n", "1,\"2\"x,3\n", "1,2\",3\n", "1,2,\"3\n",
    ] {
      var parser = parser()
      let length = unsafe Array((record + filling).utf8).withUnsafeBytes { unsafe parser.parseFirst(of: $0) }
      #expect(length == nil, "\(record.debugDescription)")
    }
    var parser = parser()
    var bytes = Array(("1,2,x\n" + filling).utf8)
    #expect(unsafe bytes.withUnsafeBytes { unsafe parser.parseFirst(of: $0) } == 6)
    bytes[4] = 0xFF
    #expect(unsafe bytes.withUnsafeBytes { unsafe parser.parseFirst(of: $0) } == nil)
    var lines = RecordParser(format: .jsonLines, header: [], key: [])
    let json = Array(String(repeating: "{}\n", count: 40).utf8)
    #expect(unsafe json.withUnsafeBytes { unsafe lines.parseFirst(of: $0) } == nil)
  }
}
