public import Basics
import Blocks
public import Dedupe
public import History
import Records

/// Where rows of an answer go.
public protocol RowSink: AnyObject {
  /// Whether ``jsonLines(_:)`` takes rows: what is at hand as JSON need not be taken apart.
  var takesJSON: Bool { get }
  /// Rows as JSON objects, each on a line; only if ``takesJSON``.
  func jsonLines(_ lines: UnsafeRawBufferPointer) throws(Failure)
  /// One row: columns in the order in which they are to be shown.
  func row(_ fields: [Field]) throws(Failure)
}

extension RowSink {
  /// Rows are taken column by column.
  public var takesJSON: Bool { false }
  /// Never called.
  public func jsonLines(_ lines: UnsafeRawBufferPointer) throws(Failure) {}
}

/// A column of a row.
public struct Field: Sendable {
  /// The column's name.
  public var name: String
  /// Its text; JSON where ``isString`` says no.
  public var text: String
  /// Whether it is a string.
  public var isString: Bool

  /// A string.
  public init(_ name: String, _ text: String) {
    self.name = name
    self.text = text
    isString = true
  }

  /// JSON as written: a number, an object, null.
  public init(_ name: String, json: String) {
    self.name = name
    text = json
    isString = false
  }
}

/// Asks a feed's history.
public struct HistoryQuery {
  /// How many bytes of rows are handed over at once.
  private static let chunk = 256 << 10
  let context: StageContext

  /// Asks the history in a feed's folder.
  public init(_ context: StageContext) { self.context = context }

  /// The records as they were at a time; `known`: as we knew it then.
  /// - Throws: ``Failure/Kind/usage`` if there is no dump that old.
  public func asOf(_ time: Instant, knownAt known: Instant? = nil, to sink: any RowSink) throws(Failure) {
    let head = try entry(time, knownAt: known)
    let side = try context.side(of: head)
    guard let patch = side.patch else { return }
    var parser = RecordParser(format: side.reading.format, header: side.reading.header, key: side.reading.key)
    var cursor = PatchCursor(patch)
    var lines = ByteBuffer(capacity: Self.chunk * 2)
    let takesJSON = sink.takesJSON
    try side.forEachTaken(
      in: side.manifest.spans.indices, &cursor, &parser
    ) { (_, parser) throws(Failure) in
      guard takesJSON else { return try sink.row(parser.fields().map(Field.init)) }
      lines.append("{")
      parser.appendMembers(to: &lines)
      lines.append("}\n")
      if lines.count >= Self.chunk {
        try unsafe sink.jsonLines(lines.bytes)
        lines.truncate()
      }
    }
    try unsafe sink.jsonLines(lines.bytes)
  }

  /// What differs between two times: as JSON `op`, `key`, `before`, `after`; column by column a row for each column
  /// that has another value.
  public func difference(_ from: Instant, _ to: Instant, to sink: any RowSink) throws(Failure) {
    try difference(from: try entry(from), to: try entry(to), to: sink)
  }

  /// The same of two entries.
  public func difference(from old: Head, to new: Head, to sink: any RowSink) throws(Failure) {
    guard var comparison = try comparison(old, new) else { return }
    var writer = ChangeWriter(
      before: comparison.before, after: comparison.after, newestRecordedAt: nil, showsTimes: false)
    var line = ByteBuffer()
    var rows = ChangeRows()
    for change in try comparison.finder.find().changes {
      line.truncate()
      try writer.append(change, to: &line)
      if sink.takesJSON {
        try unsafe sink.jsonLines(line.bytes)
      } else {
        for row in try unsafe rows.rows(line.bytes) { try sink.row(row) }
      }
    }
  }

  /// How much differs between two entries.
  public func counts(from old: Head, to new: Head) throws(Failure) -> Counts {
    guard var comparison = try comparison(old, new) else { return Counts() }
    return try comparison.finder.find().counts
  }

  private func comparison(_ old: Head, _ new: Head) throws(Failure) -> (
    before: Side, after: Side, finder: ChangeFinder
  )? {
    if old == new { return nil }
    let chain = try context.states.chain(old.state.manifest)
    let later = try context.states.chain(new.state.manifest, read: chain)
    guard let oldManifest = chain.last?.manifest, let newManifest = later.last?.manifest else { return nil }
    let (before, after) = (try context.side(of: old, oldManifest), try context.side(of: new, newManifest))
    let feed = try context.settings(new.state.settings)
    var options = ChangeFinder.Options()
    options.columns = feed.columnRule
    return (before, after, ChangeFinder(before: before, after: after, options: options))
  }

  /// Hands over a dump as it was taken, byte for byte.
  /// - Throws: ``Failure/Kind/usage`` if there is no such run, ``Failure/Kind/badData`` if the store is damaged.
  public func dump(_ run: String, _ write: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
    guard let manifest = try manifest(of: run) else {
      throw Failure(.usage, "there is no run \"\(run)\" with a dump; query --runs lists the runs")
    }
    try unsafe context.states.blocks(of: manifest).forEachVerified(write)
  }

  /// A run that found the head's own dump stands for that dump.
  private func manifest(of run: String) throws(Failure) -> Manifest? {
    if let dump = try context.runs.lastAnswer(run)?.data.dump {
      return try context.states.manifest(dump.manifest)
    }
    guard let event = try context.runs.answer(run, .fetch), event.data.outcome == .unchanged,
      let base = event.data.base, let newest = try context.timeline.newest()
    else { return nil }
    let head = try context.timeline.entry(base.seq, from: newest.head)
    return try context.states.manifest(head.state.manifest)
  }

  private func entry(_ time: Instant, knownAt known: Instant? = nil) throws(Failure) -> Head {
    if let head = try context.timeline.entry(asOf: time, knownAt: known) { return head }
    guard let newest = try context.timeline.newest()?.head else {
      throw Failure(.usage, "nothing was recorded of feed \(context.folder.feed) yet")
    }
    let first = try context.timeline.entry(1, from: newest)
    if let known, first.validFrom <= time {
      throw Failure(
        .usage,
        "nothing as of \(time) was known at \(known): the first run was recorded at "
          + "\(first.recordedAt)")
    }
    throw Failure(
      .usage,
      "history begins at \(first.validFrom): there is nothing as of \(time). Give that time or a later one; "
        + "query --runs has those of all runs (valid_from)")
  }
}

extension Field {
  init(_ field: (name: String, text: String, isString: Bool)) {
    name = field.name
    text = field.text
    isString = field.isString
  }
}
