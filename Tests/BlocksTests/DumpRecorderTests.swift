import Basics
import Blocks
import Hashing
import Records
import StrandlineTesting
import Testing

@Suite struct DumpRecorderTests {
  /// A dump's records as they are without blocks; nil if it cannot be cut.
  private func records(_ dump: [UInt8], _ format: Format, maximum: Int) -> [[UInt8]]? {
    var scanner = DumpScanner(format: format, maxRecordBytes: maximum)
    var records: [[UInt8]] = []
    var position = 0
    var isOpen = false
    while true {
      let rest = dump[position...]
      guard let piece = try? unsafe rest.withUnsafeBytes({ try unsafe scanner.next($0, atEnd: true) }) else {
        return nil
      }
      switch piece {
      case .end: return records
      case .needMore: return nil
      case .literal(let length), .header(let length): position += length
      case .record(let length):
        records.append(Array(rest.prefix(length)))
        position += length
      case .oversized(let length, let last):
        if isOpen {
          records[records.count - 1] += rest.prefix(length)
        } else {
          records.append(Array(rest.prefix(length)))
        }
        isOpen = !last
        position += length
      }
    }
  }

  /// A manifest's records as whoever reads its blocks finds them.
  private func records(_ manifest: Manifest, _ packs: Packs, _ format: Format) throws -> [[UInt8]] {
    let reader = BlockReader(manifest, from: packs)
    var records: [[UInt8]] = []
    for span in manifest.spans where span.kind == .block || span.kind == .oversized {
      let bytes = try unsafe reader.withBytes(of: span) { unsafe Array($0) }
      #expect(span.lines == bytes.count { $0 == 10 })
      if span.kind == .oversized {
        if span.records == 1 { records.append(bytes) } else { records[records.count - 1] += bytes }
        continue
      }
      var splitter = BlockSplitter(format: format)
      var (position, count) = (0, 0)
      while position < bytes.count {
        let length = unsafe bytes[position...].withUnsafeBytes { unsafe splitter.nextLength($0) }
        records.append(Array(bytes[position..<position + length]))
        position += length
        count += 1
      }
      #expect(count == span.records)
    }
    return records
  }

  @Test(arguments: 0..<400) func roundTrip(seed: Int) throws {
    var generator = SplitMix64(seed)
    let packs = Packs()
    let maximum = generator.oneIn(4) ? 40 + generator.below(100) : DumpScanner.maxRecordBytes
    let width = generator.pick([10, 60, 400])
    var dump = RandomDump(&generator, rows: generator.below(generator.pick([4, 100, 400])), width: width)
    var (base, others): (Manifest?, Manifest?)
    for run in 0..<5 {
      var bytes = dump.bytes
      if generator.oneIn(6) { bytes = RandomDump.broken(bytes, &generator) }
      var first: [SpanValue]?
      var last: DumpRecorder.Recording?
      for size in [1 << 20, generator.pick([1, 7, 100, 5000]), 3000] {
        let recording = try record(
          bytes, dump.format, base: base, others: others, into: packs, as: "packs/\(run)",
          maxRecordBytes: maximum
        ) { 1 + generator.below(size) }
        if recording.broken == nil || maximum == DumpScanner.maxRecordBytes {
          #expect(first == nil || recording.manifest.values == first, "seed \(seed), run \(run)")
          first = recording.manifest.values
        }
        #expect(try packs.bytes(of: recording.manifest) == bytes, "seed \(seed), run \(run)")
        last = recording
      }
      let recording = try #require(last)
      let expected = records(bytes, dump.format, maximum: maximum)
      #expect((expected == nil) == (recording.broken != nil))
      if let expected {
        #expect(try records(recording.manifest, packs, dump.format) == expected, "seed \(seed), run \(run)")
        #expect(recording.manifest.recordCount == expected.count)
      }
      #expect(recording.manifest.byteCount == bytes.count)

      let again = try record(
        bytes, dump.format, base: recording.manifest, into: packs, as: "packs/\(run)-again",
        maxRecordBytes: maximum)
      #expect(again.manifest.isSameDump(as: recording.manifest), "seed \(seed), run \(run)")
      #expect(again.newBytes == 0 && packs.objects["packs/\(run)-again"] == [])
      if generator.oneIn(4) { others = recording.manifest } else { base = recording.manifest }
      dump.edit(&generator, width: width)
    }
  }

  private func rows(_ range: Range<Int>, width: Int = 60) -> [[UInt8]] {
    var generator = SplitMix64(range.lowerBound)
    return range.map { Array("\($0),\(generator.next())\(String(repeating: "-", count: width))\n".utf8) }
  }

  private func lines(_ rows: [[UInt8]]) -> [UInt8] { Array("id,text\n".utf8) + rows.joined() }

  private let comma = Format.csv(delimiter: 0x2C)

  @Test func editWritesLittle() throws {
    let packs = Packs()
    var rows = rows(0..<5000)
    let first = try record(lines(rows), comma, into: packs, as: "bases/1")
    #expect(first.newBytes == lines(rows).count)
    rows[2500] = Array("2500,changed\n".utf8)
    rows.insert(Array("new\n".utf8), at: 1000)
    rows.remove(at: 4000)
    let second = try record(lines(rows), comma, base: first.manifest, into: packs, as: "packs/2")
    #expect(second.newBytes > 0 && second.newBytes < 100 << 10)
    #expect(try packs.bytes(of: second.manifest) == lines(rows))
    let old = Set(first.manifest.spans.map(\.fingerprint))
    let kept = second.manifest.spans.count { old.contains($0.fingerprint) }
    #expect(kept > second.manifest.spans.count - 12)
    #expect(second.manifest.spans.suffix(10).allSatisfy { old.contains($0.fingerprint) })
  }

  @Test func anyRowsBeforeGiveTheSameBlocks() throws {
    let tail = rows(10_000..<14_000)
    let one = try record(lines(rows(0..<500) + tail), comma, into: Packs(), as: "a").manifest.spans
    let other = try record(lines(rows(500..<507) + tail), comma, into: Packs(), as: "b").manifest.spans
    let known = Set(one.map(\.fingerprint))
    let same = other.count { known.contains($0.fingerprint) }
    #expect(same > other.count - 10)
  }

  /// The end of a dump cuts a block where the content does not: once there is more, it is cut again.
  @Test func feedThatGrowsByARecordKeepsLongBlocks() throws {
    let packs = Packs()
    let all = rows(0..<600)
    var base: Manifest?
    for count in 1...all.count {
      base =
        try record(lines(Array(all[..<count])), comma, base: base, into: packs, as: "packs/\(count)").manifest
    }
    let grown = try #require(base)
    #expect(grown.values.count < 2 + lines(all).count / 2048)
    #expect(grown.isSameDump(as: try record(lines(all), comma, into: packs, as: "whole").manifest))
  }

  /// A line end in an open quote ends no record, though the dump ended there once.
  @Test func recordThatWentOnInQuotesIsReadAsOne() throws {
    let packs = Packs()
    let first = try record(Array("id\n1,\"a\n".utf8), comma, into: packs, as: "packs/1")
    #expect(first.ending == .insideQuotes)
    let longer = Array("id\n1,\"a\nb\"\n2,c\n".utf8)
    let second = try record(longer, comma, base: first.manifest, into: packs, as: "packs/2")
    #expect(try records(second.manifest, packs, comma) == ["1,\"a\nb\"\n", "2,c\n"].map { Array($0.utf8) })
  }

  /// Another delimiter moves where a quoted field begins, and with it where records end.
  @Test func blocksOfAnotherFormatAreCutAnew() throws {
    let packs = Packs()
    let dump = Array("id\n".utf8) + (0..<3000).flatMap { Array("\($0);\"a\nb\"\n".utf8) }
    let first = try record(dump, comma, into: packs, as: "packs/1")
    let semicolon = Format.csv(delimiter: 0x3B)
    let second = try record(
      dump, semicolon, base: first.manifest, sameFormat: false, into: packs, as: "packs/2")
    #expect(try records(second.manifest, packs, semicolon) == records(dump, semicolon, maximum: 1 << 20))
    #expect(second.manifest.recordCount == 3000 && first.manifest.recordCount == 6000)
    #expect(try packs.bytes(of: second.manifest) == dump)
  }

  @Test func lastRecordThatGrewIsAnother() throws {
    let packs = Packs()
    let first = try record(Array("id\na,b".utf8), comma, into: packs, as: "packs/1")
    #expect(first.ending == .unterminated)
    for text in ["id\na,bc", "id\na,b\n", "id\na,b\nc"] {
      let next = try record(
        Array(text.utf8), comma, base: first.manifest, into: packs, as: "packs/\(text.count)")
      #expect(try packs.bytes(of: next.manifest) == Array(text.utf8))
      #expect(!next.manifest.isSameDump(as: first.manifest))
    }
  }

  @Test func refusedDumpIsNotStoredAgain() throws {
    let packs = Packs()
    let (old, bad) = (lines(rows(0..<1000)), lines(rows(2000..<3000)))
    let base = try record(old, comma, into: packs, as: "bases/1").manifest
    let refused = try record(bad, comma, base: base, into: packs, as: "packs/2")
    let again = try record(bad, comma, base: base, others: refused.manifest, into: packs, as: "packs/3")
    #expect(again.newBytes == 0 && again.manifest.isSameDump(as: refused.manifest))
    #expect(try packs.bytes(of: again.manifest) == bad)
    #expect(again.manifest.objects.map(\.key) == ["bases/1", "packs/2", "packs/3"])
  }
}
