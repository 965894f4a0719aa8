import Basics
import Coordination
import Dedupe
import Documents
import FeedFile
import FeedSources
import History
import ObjectStore
import Stages

/// Of a trial run only what a person should look at.
private struct TrialLog: Log {
  let log: any Log

  func info(_ message: String) {}
  func warning(_ message: String) { log.warning(message) }
  func progress(_ label: String, done: Int, total: Int?) { log.progress(label, done: done, total: total) }
}

/// The first run of a feed, as the functions do it, of what was read already and into a store that is thrown away.
struct FirstRun {
  /// So many of the records that went to quarantine are shown.
  private static let shown = 3

  private let call: Call
  private let feed: Feed
  private let request: SourceRequest
  private let dump: Spool
  private let target: FeedTarget

  init(_ call: Call, _ feed: Feed, _ request: SourceRequest, _ dump: Spool, _ target: FeedTarget) {
    self.call = call
    self.feed = feed
    self.request = request
    self.dump = dump
    self.target = target
  }

  /// Runs, and says what came of it and what is next.
  /// - Throws: ``Failure/Kind/badData`` if the run would be refused.
  func show() throws(Failure) {
    let base = MemoryStore(location: "nowhere", time: SystemClock().now())
    let store = try call.trial.overlay(base, isAlone: true)
    // Nobody else comes to this store, so its lock need not be renewed, nor handed back.
    let context = try StageContext(
      folder: FeedFolder(store: store, feed: feed.name), clock: SystemClock(), randomness: call.randomness,
      log: TrialLog(log: call.log), terms: Lock.Terms(lease: 86400, grace: 60), renewals: .none)
    let (sources, dump) = (call.sources, dump)
    let fetch = FetchStage(context) { (source) throws(Failure) in
      .body(try sources.open(source, from: dump.body()))
    }
    let fetched = try fetch.run(FetchStage.Request(feed: feed, source: request))
    let found = try DedupeStage(context).run(fetched)
    if let counts = found.data.counts { call.log.info("the first run would find \(Self.words(counts))") }
    try showQuarantine(found.data.quarantine, context)
    guard found.data.outcome != .refused else {
      throw Failure(
        .badData,
        "\(target.file.map { "\($0) is written, but" } ?? "the feed file is above, but") its first run would be refused: "
          + (found.data.message ?? ""))
    }
    call.log.info(next)
  }

  private static func words(_ counts: Counts) -> String {
    var parts = ["\(counts.current) record\(counts.current == 1 ? "" : "s")"]
    if counts.duplicates > 0 { parts.append("\(counts.duplicates) that repeat another one") }
    if counts.conflicts > 0 {
      parts.append("\(counts.conflicts) with a key that another one has, which go to quarantine")
    }
    if counts.bad > 0 { parts.append("\(counts.bad) bad ones, which go to quarantine") }
    return parts.joined(separator: ", ")
  }

  private struct Rejected: Decodable {
    var message: String
    var line: Int
  }

  private func showQuarantine(_ object: ObjectRef?, _ context: StageContext) throws(Failure) {
    guard let object else { return }
    // Each has up to 64 KiB of the record with it.
    let bytes = try context.folder.get(object.object, range: 0..<min(object.bytes, 256 << 10))
    for line in bytes.split(separator: 0x0A).prefix(Self.shown) {
      guard let rejected = try? Documents.decode(Rejected.self, from: Array(line), name: "") else { continue }
      call.log.warning("to quarantine, line \(rejected.line): \(rejected.message)")
    }
  }

  /// What to do next.
  private var next: String {
    let program = CommandLine.arguments.first ?? ""
    let folder = program.lastIndex(of: "/").map { String(program[...$0]) } ?? ""
    let file = target.file ?? "\(feed.name).yaml"
    let command = "\(FeedAddress.quoted("\(folder)local-runner")) --once \(FeedAddress.quoted(file))"
    return target.file == nil ? "next: save it as \(file), then \(command)" : "next: \(command)"
  }
}
