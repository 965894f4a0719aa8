import Glibc
import StrandlineTesting
import Testing

/// A million rows of 200 bytes. Prints what it measures; the limits are what is promised.
@Suite(.serialized) struct MillionRowsTests {
  private static let rows = 1_000_000
  private static let digits = Array("0123456789abcdef".utf8)

  /// Writes the dump: what a row says depends on its number and the seed, one in 500 on the revision too.
  private func write(_ bench: Bench, revision: UInt64, shuffled: Bool = false) throws {
    let file = unsafe try #require(fopen(bench.path("cases.csv"), "w"))
    unsafe fputs("id,name,hash,state\n", file)
    var order = Array(0..<UInt64(Self.rows))
    var random = SplitMix64(seed: 21)
    if shuffled { order.shuffle(using: &random) }
    var line: [UInt8] = []
    for number in order {
      var content = SplitMix64(seed: number % 500 == 7 ? number &+ revision << 32 : number)
      line.removeAll(keepingCapacity: true)
      line += Array(String(10_000_000 + number).utf8)
      line += Array(",name of it,".utf8)
      for _ in 0..<10 {
        var word = content.next()
        for _ in 0..<16 {
          line.append(Self.digits[Int(word & 15)])
          word >>= 4
        }
      }
      line += Array(",open_as_ever\n".utf8)
      let count = unsafe fwrite(line, 1, line.count, file)
      try #require(count == line.count)
    }
    try #require(unsafe fclose(file) == 0)
  }

  @Test func wholeRuns() throws {
    let bench = try Bench(environment: ["STRANDLINE_LEASE": "60s", "STRANDLINE_GRACE": "60s"])
    for (name, revision, shuffled, updated) in [
      ("first", UInt64(0), false, 0), ("0.2% changed", 1, false, 2000), ("unchanged", 1, false, 0),
      ("shuffled, 0.2% changed", 2, true, 2000),
    ] {
      try write(bench, revision: revision, shuffled: shuffled)
      let begin = ContinuousClock.now
      let (tick, memory, work) = try bench.measuredTick()
      let time = ContinuousClock.now - begin
      #expect(tick.status == 0, "\(tick)")
      if name != "unchanged" { #expect(try tick.event?.data.counts?.updated == updated, "\(tick)") }
      let peaks = memory.map { "\($0 >> 20)" }.joined(separator: " ")
      print("a million rows, \(name): \(time), of the processors \(work), MiB at most: \(peaks)")
      for (stage, peak) in zip(Bench.stages, memory) {
        #expect(peak < 256 << 20, "\(name): \(stage) took \(peak >> 20) MiB")
      }
      // Others may be at work on this machine: what counts is the processors' time.
      #expect(work < .seconds(10), "\(name)")
    }
  }

  @Test func beginning() throws {
    let bench = try Bench()
    try write(bench, revision: 0)
    let result = try bench.call("PeakMemory", ["peak", try builtExecutable("feed"), "init", "cases.csv"])
    result.expect(0, says: "the first run would find 1000000 records")
    #expect(result.output.fields.last == "key: id", "\(result)")
    let figures = try bench.text("peak").split(separator: " ").compactMap { Int($0) }
    try #require(figures.count == 2, "\(result)")
    print("a million rows, begun: of the processors \(figures[1] / 1000) ms, \(figures[0] >> 10) MiB at most")
    #expect(figures[0] >> 10 < 128)
  }

  @Test func startUp() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n")
    try bench.run()
    var times: [Duration] = []
    for _ in 0..<20 {
      let begin = ContinuousClock.now
      _ = try bench.query("--runs")
      times.append(ContinuousClock.now - begin)
    }
    print("query --runs of a small feed, median of 20: \(times.sorted()[10])")
  }
}
