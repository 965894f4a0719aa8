import StrandlineTesting
import Testing

extension CloudTests {
  /// Many chains that are started at once on one feed, as ``ContentionTests`` on a directory.
  @Suite struct RunnersTests {
    @Test(arguments: Cloud.faithful)
    func tenChainsAtOnce(_ cloud: Cloud) throws {
      let storage = CloudStorage(cloud: cloud, place: cloud.place())
      let bench = try Bench(
        cloud, storage.place, environment: ["STRANDLINE_LEASE": "60s", "STRANDLINE_GRACE": "60s"])
      let dumps = CaseDumps(seed: 11, rows: 3000)
      for round in 0..<2 {
        if round == 1 {
          dumps.change()
          dumps.noteCommitted()
        }
        try bench.write("cases.csv", dumps.csv)
        let chain =
          "{ $bin/fetch --feed feed.yaml 2> err.$i; echo $? > rc.$i; } | $bin/dedupe 2> d.$i | $bin/snapshot 2>> d.$i"
          + " | $bin/publish > out.$i 2>> d.$i"
        let all = try bench.shell("for i in 0 1 2 3 4 5 6 7 8 9; do \(chain) & done; wait")
        #expect(all.status == 0, "\(all)")
        var worked = 0
        for number in 0..<10 {
          let said = try bench.text("err.\(number)") + bench.text("d.\(number)")
          try expectNoSecret(said)
          switch try bench.text("rc.\(number)") {
          case "0\n":
            let outcome = try lines(of: Event.self, in: bench.text("out.\(number)")).first?.data.outcome
            #expect(["published", "unchanged"].contains(outcome), "\(said)")
            worked += outcome == "published" ? 1 : 0
          case "75\n": break
          case let status: Issue.record("fetch \(number) ended with \(status): \(said)")
          }
        }
        #expect(worked == 1)
        #expect(try storage.pointer()?.seq == round + 1)
        try bench.run(expecting: "unchanged")
      }
      let entries = try bench.runs().filter { $0.entry != nil }
      #expect(entries.map(\.entry) == [1, 2])
      for (entry, dump) in zip(entries, dumps.committed) {
        #expect(try bench.query("--as-of", entry.validFrom, "--format", "csv") == dump)
      }
      try expectNoneStored(storage)
    }

    /// Nothing that was written is of the credentials.
    private func expectNoneStored(_ storage: CloudStorage) throws {
      let keys = try storage.race("list").outputText.split(separator: "\n").map(String.init)
      #expect(keys.count > 20)
      for key in keys {
        let text = String(decoding: try #require(try storage.get(key)), as: UTF8.self)
        #expect(!text.contains(Cloud.secret) && !text.contains("AKIATESTKEY"), "\(key) tells a secret")
      }
    }
  }
}
