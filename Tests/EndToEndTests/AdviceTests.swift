import StrandlineTesting
import Testing

/// Commands that messages propose do what they say when they are pasted, for whoever has nothing in the environment.
@Suite struct AdviceTests {
  /// With the functions on the path, as README has them.
  private func paste(_ command: String, _ bench: Bench) throws -> Result {
    try bench.shell("PATH=\"$bin:$PATH\"; \(command)")
  }

  /// Of a message the command that stands between two texts.
  private func command(_ before: String, _ after: String, in text: String) throws -> Substring {
    let start = try #require(text.firstRange(of: before)?.upperBound, "\(text)")
    let rest = text[start...]
    return rest[..<(try #require(rest.firstRange(of: after)?.lowerBound, "\(text)"))]
  }

  @Test func acceptingWhatALocalRunnerSays() throws {
    let bench = try Bench()
    // As somebody has it who keeps feeds in a folder, and history where neither the feed file nor the environment says.
    _ = try bench.shell("mkdir 'my feeds'")
    try bench.write("my feeds/it's.yaml", "feed: cases\nsource: { path: cases.csv }\nkey: [id]\n")
    try bench.write("my feeds/cases.csv", "id,v\n1,a\n2,b\n")
    let arguments = ["--once", "--store", "history of mine", "my feeds/it's.yaml"]
    try bench.call("local-runner", arguments).expect(0)
    try bench.write("my feeds/cases.csv", "id,v\n")
    let refused = try bench.call("local-runner", arguments)
    refused.expect(65)
    let command = try command("all the same: ", ", or set", in: refused.output)
    #expect(
      command.hasPrefix("dedupe --accept ")
        && command.hasSuffix(
          "/my feeds/it'\\''s.yaml' --store '\(bench.path("history of mine"))' | snapshot | publish"),
      "\(command)")
    // Wherever that person is.
    _ = try bench.shell("mkdir elsewhere")
    let accepted = try paste("cd elsewhere; " + command, bench)
    accepted.expect(0, says: "0 records, 0 inserted, 0 updated, 2 deleted")
    #expect(try accepted.event.data.outcome == "published")
  }

  @Test func readingAgainWhatIsHeldOff() throws {
    let bench = try Bench(
      feed: "feed: cases\nstore: ./store\nsource: { path: cases.csv }\nkey: [id]\nmin_interval: 1h\n")
    try bench.write("cases.csv", "id,v\n1,a\n")
    try bench.call("local-runner", "--once", "feed.yaml").expect(0)
    try bench.write("cases.csv", "id,v\n1,a\n2,b\n")
    try bench.write("feed.yaml", try bench.text("feed.yaml") + "guards: { bad: 2% }\n")
    let held = try bench.call("local-runner", "--once", "feed.yaml")
    #expect(held.status == 0 && held.output.contains("was by other settings"), "\(held)")
    let command = try command("see now what these do: ", "\n", in: held.output)
    #expect(command == "fetch --try-again --feed \(bench.path("feed.yaml")) | dedupe | snapshot | publish")
    let read = try paste(String(command), bench)
    read.expect(0)
    #expect(try read.event.data.counts?.inserted == 1)
  }

  /// A dump that is handed over once must not be lost behind a run that nobody finished.
  @Test(arguments: [1, 60]) func goingOnWithARunThatStopped(grace: Int) throws {
    let bench = try Bench()
    let fetch = ["--feed", "feed.yaml", "--input", "-"]
    try bench.call("fetch", fetch, input: Array("id,v\n1,a\n".utf8)).expect(0)
    if grace == 1 { _ = try bench.shell("sleep 1.5") }
    let next = try bench.call(
      "fetch", fetch, input: Array("id,v\n2,b\n".utf8), variables: ["STRANDLINE_GRACE": "\(grace)s"])
    next.expect(75)
    let command =
      try grace == 1
      ? command("finish it first: `", "`. Then hand this dump over again", in: next.errors)
      : command(" s: `", "` goes on with it now", in: next.errors)
    #expect(command.hasSuffix(" --feed \(bench.path("feed.yaml")) | snapshot | publish"), "\(command)")
    let finished = try paste(String(command), bench)
    finished.expect(0, says: "1 records, 1 inserted")
    #expect(try finished.event.data.outcome == "published")
  }

  /// Nobody finds a run of a trial later.
  @Test func nothingOfATrialRunIsProposed() throws {
    let bench = try Bench()
    try bench.write("cases.csv", "id,v\n1,a\n2\n")
    let refused = try bench.call("local-runner", "--dry-run", "feed.yaml")
    refused.expect(65)
    #expect(
      refused.output.contains("the first is in line 3 of the dump: 1 field, the header has 2"), "\(refused)")
    #expect(
      !refused.output.contains("--accept") && !refused.output.contains("the quarantine is"), "\(refused)")
    #expect(refused.output.contains("; if it is right all the same: set guards.bad higher"), "\(refused)")
    // Nor where the key is another.
    try bench.write("cases.csv", "id,v\n1,a\n2,b\n")
    try bench.run()
    try bench.write("feed.yaml", bench.text("feed.yaml").replacing("key: [id]", with: "key: [v]"))
    try bench.write("cases.csv", "id,v\n1,a\n2,c\n")
    let rekeyed = try bench.call("local-runner", "--dry-run", "feed.yaml")
    rekeyed.expect(78)
    #expect(rekeyed.output.contains("the key changed") && !rekeyed.output.contains("--accept"), "\(rekeyed)")
  }

  /// Records are nobody's business who reads messages.
  @Test func aRefusalShowsNoRecord() throws {
    let bench = try Bench()
    try bench.write("feed.yaml", "feed: cases\nstore: ./store\nsource: { path: cases.jsonl }\nkey: [id]\n")
    try bench.write("cases.jsonl", "{\"id\":1}\n[\"the patient's name\"]\n")
    let tick = try bench.tick()
    #expect(tick.status == 65 && !tick.everything.contains("patient"), "\(tick)")
  }
}
