public import ArgumentParser
public import Basics
import Coordination
import FeedFile
import History
import ObjectStore
public import Stages

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How an audit is shown.
public enum AuditFormat: String, ExpressibleByArgument, CaseIterable {
  case table
  case jsonl
  case prometheus
}

/// The feeds that an audit is about.
public struct AuditedStore {
  let store: any ObjectStore
  let isAll: Bool
  let log: any Log
  let isDry: Bool
  /// Their names, in order.
  public let feeds: [String]
  /// What is needed to look at one of them.
  public let context: (_ feed: String) throws(Failure) -> StageContext

  /// Notes in the store that the audit took place; its number, or nil if that could not be noted.
  public func note(_ statuses: [FeedStatus]) -> Int? {
    if isDry { return nil }
    do throws(StoreError) { return try AuditNote.write(statuses, isAll: isAll, to: store) } catch {
      log.warning("that this audit took place could not be noted: \(error)")
      return nil
    }
  }

  /// The store's clock.
  public func now() throws(Failure) -> Instant {
    do { return try store.now() } catch { throw FeedFolder(store: store, feed: "").failure(error) }
  }
}

extension Call {
  /// The store that is to be audited, and which feeds in it.
  /// - Parameter all: all of them, whatever feed is named.
  public func audited(all: Bool) throws(Failure) -> AuditedStore {
    let (feed, named, address) = try storePlace()
    guard let place = named else { throw Self.noStore }
    let store = try stores.open(place, create: false)
    var feeds: [String] = []
    do {
      if let feed, !all { feeds = try store.isFeed(feed) ? [feed] : [] } else { feeds = try store.feeds() }
    } catch {
      throw FeedFolder(store: store, feed: "").failure(error)
    }
    guard !feeds.isEmpty else {
      throw Failure(
        .usage,
        "there is no feed \(all ? "" : feed.map { "\($0) " } ?? "")in \(place): did a run ever take place?")
    }
    return AuditedStore(
      store: store, isAll: feed == nil || all, log: log, isDry: common.dryRun, feeds: feeds,
      context: { (other: String) throws(Failure) -> StageContext in
        let known = other == feed ? address : FeedAddress(store: address.store)
        return try self.context(feed: other, store: store, as: known)
      })
  }

  /// The store that is meant, as far as anybody says, and the feed, if one is named.
  func storePlace() throws(Failure) -> (feed: String?, place: String?, address: FeedAddress) {
    let place = common.store ?? Environment.value("STRANDLINE_STORE")
    // Whoever names a store on the command line means that one, not the feed that other calls are about.
    guard let named = common.feed ?? (common.store == nil ? Environment.value("STRANDLINE_FEED") : nil)
    else { return (nil, place, FeedAddress(store: place)) }
    guard Self.isFile(named) else { return (named, place, FeedAddress(store: place)) }
    let loaded = try loadFeed()
    return (loaded.feed.name, self.place(for: loaded), self.address(of: loaded))
  }

  static let noStore = Failure(
    .usage,
    "which store? Give --store, set STRANDLINE_STORE, or name a feed file with --feed that has one")

  /// Whether text names a feed file, not a feed.
  private static func isFile(_ text: String) -> Bool {
    if text.contains("/") { return true }
    for ending in [".yaml", ".yml", ".json"] where text.hasSuffix(ending) { return true }
    return unsafe access(text, F_OK) == 0
  }

  /// Prints what was found out.
  public func show(
    _ statuses: [FeedStatus], as format: AuditFormat?, seq: Int?, time: Instant
  ) throws(Failure) {
    switch format ?? (StandardOutput.isTerminal ? .table : .jsonl) {
    case .prometheus:
      try output.write(PrometheusText.page(statuses, seq: seq, time: time))
      try output.flush()
    case .jsonl:
      try show(.jsonl) { (sink) throws(Failure) in
        for status in statuses {
          try sink.row(status.summary(named: true))
          for row in status.rows(ofFindings: true) + status.rows(ofRuns: true) { try sink.row(row) }
        }
      }
    case .table:
      try show(.table) { (sink) throws(Failure) in
        for status in statuses { try sink.row(status.summary(named: false)) }
      }
      if statuses.count == 1 {
        try output.write("\n")
        try show(.table) { (sink) throws(Failure) in
          for row in statuses[0].rows(ofRuns: false).suffix(5) { try sink.row(row) }
        }
      }
      guard statuses.contains(where: { !$0.findings.isEmpty }) else { return }
      try output.write("\n")
      try showFindings(of: statuses)
    }
  }

  /// What was found out, in short, and under that what each of it means and what to do: too long for a column.
  private func showFindings(of statuses: [FeedStatus]) throws(Failure) {
    try show(.table) { (sink) throws(Failure) in
      for status in statuses {
        for row in status.rows(ofFindings: false) { try sink.row(row.filter { $0.name != "message" }) }
      }
    }
    for status in statuses {
      for finding in status.findings {
        let subject = [statuses.count > 1 ? status.feed : nil, finding.kind.rawValue].compactMap { $0 }
        try output.write("\n\(subject.joined(separator: ", ")): \(finding.message)\n")
      }
    }
    try output.flush()
  }

  /// Seconds of a duration that a flag gives.
  public func seconds(_ flag: String?, _ name: String) throws(Failure) -> Double? {
    try flag.flatMap { (text) throws(Failure) in
      try common.seconds(text, name, environment: "")
    }
  }
}
