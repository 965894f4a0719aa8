import StrandlineTesting
import Testing

/// A record of 100 MB among others.
@Suite struct HugeRecordTests {
  private func dump(_ bench: Bench, rows: Int) throws {
    let made = try bench.shell(
      """
      { echo id,v; seq -f '%.0f,v' 1 \(rows); printf 'huge,'; head -c 104857600 /dev/zero | tr '\\0' x; echo; \
      seq -f 'z%.0f,v' 1 \(rows); } > cases.csv
      """)
    #expect(made.status == 0, "\(made)")
  }

  @Test(arguments: [("csv", 1000, 0), ("csv", 10, 65)])
  func goesToQuarantineInBoundedMemory(format: String, rows: Int, status: Int32) throws {
    let bench = try Bench()
    try dump(bench, rows: rows)
    let tick = try bench.measuredTick()
    for (stage, memory) in zip(Bench.stages, tick.memory) {
      #expect(memory < 256 << 20, "\(stage) took \(memory >> 20) MiB")
    }
    #expect(tick.tick.status == status, "\(tick.tick)")
    let event = try #require(try tick.tick.event)
    if status == 65 {
      #expect(tick.tick.errors.contains("1 of 21 records are bad (guards.bad allows 1%)"), "\(tick.tick)")
      try bench.write("cases.csv", "id,v\n1,v\n")
      try bench.run()
    } else {
      #expect(event.data.counts?.bad == 1)
      #expect(event.data.counts?.inserted == 2000)
    }
    let row = try #require(try bench.quarantine(event).first)
    #expect(
      row.reason == "oversized" && row.length == 104_857_606 && row.line == rows + 2,
      "\(row.message) \(row.line) \(row.length)")
    #expect((row.bytes?.utf8.count ?? 0) <= 65536, "it is not by pointer")
  }

  @Test func theDumpComesBackByteForByte() throws {
    let bench = try Bench()
    try dump(bench, rows: 1000)
    let event = try bench.run()
    let same = try bench.shell("$bin/query --feed feed.yaml --dump \(event.data.run) | cmp - cases.csv")
    #expect(same.status == 0, "\(same)")
  }
}
