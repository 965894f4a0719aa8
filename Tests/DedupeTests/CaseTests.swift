import Basics
import Blocks
import Dedupe
import Hashing
import Records
import Testing

/// Single cases that chains of random dumps do not reach, or that deserve a name.
@Suite struct CaseTests {
  private let packs = Packs()

  private func side(
    _ dump: String, header: [String] = ["id", "value"], key: [String] = ["id"],
    duplicates: DuplicateRule = .first,
    maxRecordBytes: Int = DumpScanner.maxRecordBytes, after before: Side? = nil
  ) throws -> Side {
    let format = Format.csv(delimiter: 0x2C)
    let manifest = try packs.record(
      Array((header.joined(separator: ",") + "\n" + dump).utf8), format, base: before?.manifest,
      as: "packs/\(packs.objects.count)", maxRecordBytes: maxRecordBytes
    ).manifest
    return Side(
      manifest: manifest,
      reading: Reading(format: format, header: header, key: key, duplicates: duplicates), patch: nil,
      blocks: BlockReader(manifest, from: packs))
  }

  private func find(_ before: Side?, _ after: Side, _ columns: ColumnRule = .nonEmpty) throws -> Findings {
    var options = ChangeFinder.Options()
    options.columns = columns
    options.entry = before == nil ? 1 : 2
    var finder = ChangeFinder(before: before, after: after, options: options)
    return try finder.find()
  }

  private func decided(_ side: Side) throws -> Side {
    var side = side
    side.patch = try find(nil, side).patch
    return side
  }

  private func tags(_ findings: Findings) -> [Patch.Tag] {
    findings.patch.runs.flatMap { Array(repeating: $0.tag, count: $0.count) }
  }

  private func rejects(_ findings: Findings, _ side: Side) throws -> String {
    var writer = RejectWriter(side)
    var out = ByteBuffer()
    for reject in findings.rejects { try writer.append(reject, to: &out) }
    return text(out.array())
  }

  @Test func dumpsWithoutRecords() throws {
    let empty = try decided(try side(""))
    #expect(empty.patch?.runs == [])
    let full = try decided(try side("1,a\n2,b\n"))
    let gone = try find(full, try side("", after: full))
    #expect(gone.counts.deleted == 2 && gone.changes.map(\.before) == [0, 1])
    #expect(try find(empty, try side("1,a\n", after: empty)).counts.inserted == 1)
  }

  @Test func loserIsPromotedWhenItsWinnerGoes() throws {
    let before = try decided(try side("1,a\n1,b\n1,a\n2,c\n"))
    #expect(before.patch?.runs.map(\.tag) == [.since(1), .conflict, .duplicate, .since(1)])
    let findings = try find(before, try side("1,b\n1,a\n2,c\n", after: before))
    #expect(tags(findings) == [.since(2), .conflict, .since(1)])
    #expect(findings.changes.map(\.operation) == [.update])
  }

  /// Records that differ in a new column alone are not the same, though that column does not make a change.
  @Test func columnThatIsNotComparedStillTellsRecordsApart() throws {
    let before = try decided(try side("1,a\n2,b\n"))
    let wider = ["id", "value", "new"]
    let after = try side("1,a,x\n1,a,y\n2,b,z\n", header: wider, after: before)
    let findings = try find(before, after, .none)
    #expect(tags(findings) == [.since(1), .conflict, .since(1)])
    #expect(findings.changes.isEmpty && findings.rejects.map(\.ordinal) == [1])
    #expect(findings.counts.before == 2 && findings.counts.current == 2)
  }

  @Test func columnThatIsNotComparedWithoutAKey() throws {
    let before = try decided(try side("1,a\n2,b\n", key: []))
    let after = try side("1,a,x\n1,a,y\n2,b,z\n", header: ["id", "value", "new"], key: [], after: before)
    let findings = try find(before, after, .none)
    #expect(tags(findings) == [.since(1), .since(2), .since(1)])
    #expect(findings.changes.map(\.after) == [1] && findings.rejects.isEmpty)
  }

  @Test func anotherKeyKeepsWhatIsUnchanged() throws {
    let before = try decided(try side("1,a\n1,b\n2,\n", key: ["id", "value"]))
    let after = try side("1,a\n1,b\n2,\n", key: ["id"], duplicates: .last, after: before)
    let findings = try find(before, after)
    #expect(tags(findings) == [.conflict, .since(1), .since(1)])
    #expect(findings.changes.map(\.before) == [0] && findings.counts.deleted == 1)
    let blank = try find(before, try side("1,a\n1,b\n2,\n", key: ["value"], after: before))
    #expect(tags(blank) == [.since(1), .since(1), .bad])
    #expect(blank.changes.map(\.before) == [2] && blank.counts.deleted == 1)
  }

  @Test func longRecordIsQuarantinedByItsPlace() throws {
    let long = "9," + String(repeating: "x", count: 2 << 20) + "\n"
    let dump = try side("1,a\n\(long)2,b\n\(long)", maxRecordBytes: 1 << 10)
    let findings = try find(nil, dump)
    #expect(tags(findings) == [.since(1), .bad, .since(1), .bad])
    let lines = try rejects(findings, dump).split(separator: "\n")
    #expect(lines.count == 2)
    let offset = 9 + 4
    #expect(lines[0].contains("\"record\":2,\"line\":3,\"offset\":\(offset),\"length\":\(long.utf8.count),"))
    let second = offset + long.utf8.count + 4
    #expect(lines[1].contains("\"record\":4,\"line\":5,\"offset\":\(second),\"length\":\(long.utf8.count),"))
    #expect(lines.allSatisfy { $0.contains("\"reason\":\"oversized\"") && $0.utf8.count < 70_000 })
  }

  @Test func bytesThatAreNoTextAreWrittenInHexadecimal() throws {
    let format = Format.jsonLines
    let manifest = try packs.record([0x7B, 0xFF, 0x0A], format, base: nil, as: "packs/x").manifest
    let dump = Side(
      manifest: manifest, reading: Reading(format: format, header: [], key: [], duplicates: .first),
      patch: nil,
      blocks: BlockReader(manifest, from: packs))
    let written = try rejects(find(nil, dump), dump)
    #expect(
      written.hasSuffix(",\"record\":1,\"line\":1,\"offset\":0,\"length\":3,\"bytes_hex\":\"7bff0a\"}\n"))
  }

  @Test func patchOfAnotherDumpIsAFailure() throws {
    var before = try decided(try side("1,a\n2,b\n"))
    before.patch = try decided(try side("1,a\n")).patch
    let failure = #expect(throws: Failure.self) { try find(before, try side("1,a\n3,b\n", after: before)) }
    #expect(failure?.kind == .badData && failure?.message.contains("decides on 1 records") == true)
  }

  @Test func damagedStoreIsAFailure() throws {
    let before = try decided(try side((0..<500).map { "\($0),a\n" }.joined()))
    let after = try side((0..<500).map { "\($0),b\n" }.joined(), after: before)
    packs.objects["packs/0"] = packs.objects["packs/0"]?.map { $0 ^ 1 }
    let fresh = Side(
      manifest: before.manifest, reading: before.reading, patch: before.patch,
      blocks: BlockReader(before.manifest, from: packs))
    let failure = #expect(throws: Failure.self) { try find(fresh, after) }
    #expect(failure?.kind == .badData && failure?.message.contains("packs/0") == true)
    var miscounted = after
    miscounted.manifest.spans[1].records += 1
    let wrong = Side(
      manifest: miscounted.manifest, reading: after.reading, patch: nil,
      blocks: BlockReader(after.manifest, from: packs))
    #expect(throws: Failure.self) { try find(nil, wrong) }
  }
}
