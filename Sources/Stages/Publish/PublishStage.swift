public import Basics
import Blocks
import Coordination
import Dedupe
import Documents
import FeedFile
public import History
import ObjectStore

/// Makes readers see the head: parts, closed segments, then one pointer.
///
/// What is to be done follows from the head and the pointer alone, so a publish that died is made up for by the
/// next one, whatever event it is called with.
public struct PublishStage {
  /// What tests choose otherwise.
  public struct Options: Sendable {
    /// Parts of about so many bytes of the dump, or more of a large one: there are at most 16.
    public var leastPart = 4 << 20
    /// So many closed segments in a row become one, …
    public var mergedSegments = 16
    /// … but none that has more bytes.
    public var longestMerged = 16 << 20

    /// What everybody else has.
    public init() {}
  }

  let context: StageContext
  private let options: Options

  /// The stage.
  public init(_ context: StageContext, options: Options = Options()) {
    self.context = context
    self.options = options
  }

  /// Runs the stage.
  /// - Throws: ``Failure/Kind/tryAgain`` if somebody is at work.
  public func run(_ event: RunEvent) throws(Failure) -> RunEvent {
    try event.require(.recorded, for: .publish, doneBy: .snapshot)
    let isOwed = event.data.outcome == .recorded
    if !isOwed {
      if event.data.published != nil { return event }
      if try !isBehind() { return event }
    }
    // Before the lock is taken: see ``GuardedReplacement``.
    let last = try Pointer.read(context.folder)
    switch try context.turn(of: .publish, after: event) {
    case .answered(let answer): return answer
    case .lost:
      context.log.info("another run is under way and will publish")
      return event
    case .taken(let lease, let carried):
      return try context.holding(lease) { () throws(Failure) in
        let made = try publish(lease, carried, last)
        // Whoever lost the lease leaves the end to its holder, who looks at the lists once more.
        try lease.confirm()
        guard isOwed else {
          try lease.release(refused: lease.refusedRun)
          return event
        }
        var report = event.received
        report.outcome = .published
        report.carried = nil
        report.published = try context.folder.uri(Pointer.path)
        report.work?.publication = made
        let answer = try context.record(report, at: .publish)
        lease.noteGood(at: answer.time)
        try lease.release(refused: event.data.dump == nil ? lease.refusedRun : nil)
        return answer
      }
    }
  }

  private func isBehind() throws(Failure) -> Bool {
    guard let head = try context.timeline.newest() else { return false }
    return try Pointer.read(context.folder)?.pointer.seq != head.head.seq
  }

  private func publish(
    _ lease: Lease, _ carried: Carried?, _ there: (pointer: Pointer, version: String)?
  ) throws(Failure) -> StageWork.Publication? {
    var newest = try context.timeline.carried(by: carried)
    if newest == nil { newest = try context.timeline.newest() }
    guard let head = newest?.head else { return nil }
    let last = try there?.pointer.located(in: context.folder)
    let beside = BesideThePointer(context: context, lease: lease)
    if let last, last.seq >= head.seq {
      if lease.isHalfDone { try beside.settle() }
      return nil
    }
    let feed = try context.settings(head.state.settings)
    let side = try context.side(of: head)
    guard let patch = side.patch else { throw Failure(.software, "a state without a patch") }
    let name = "\(head.run).\(lease.token)"
    var (runs, takenBack) = try unpublished(last, head)
    let closed = ClosedSegments(
      context: context, fanIn: options.mergedSegments, longest: options.longestMerged, name: name)
    var kept = last?.closed ?? []
    if let takenBack {
      do { kept = try closed.standing(kept, before: takenBack) } catch {
        guard error.kind == .badData else { throw error }
        context.log.warning("all that was published of what is over is made anew: \(error.message)")
        (kept, runs) = ([], try unpublished(nil, head).runs)
      }
    } else if !lease.isHalfDone {
      // After a publication that failed readers come first.
      kept = try closed.merged(kept)
    }
    var names = PublishedNames(after: last)
    var columns = ColumnSet()
    // CSV's header says the columns. Those of JSON come as they were published, then as records have them.
    for column in side.reading.header { columns.add(column, source: nil, isString: true) }
    columns = columns.published(&names)
    columns.add(last?.columns ?? [])
    let set = try CurrentSet(
      context, side, patch: patch, naming: names.renamed, last: last, leastPart: options.leastPart)
    if side.reading.header.isEmpty { columns.add(try set.columnsToRender().published(&names).columns) }
    // A column that came and went in between has a name too.
    for column in runs.flatMap(\.header) {
      let name = names.name(for: column)
      columns.add(name, source: name == column ? nil : column, isString: true)
    }
    let naming = names.renamed
    var versions = last?.versions ?? [:]
    versions[Pointer.path] = there?.version
    // A publication of what was taken back, or one that was cut off, may have replaced all but the pointer.
    let standing = takenBack == nil && !lease.isHalfDone ? last : nil
    var replacement = GuardedReplacement(context: context, seq: head.seq, lease: lease, known: versions)
    // What is far away is not read back. If all records will hardly fit into one file, it is not begun.
    let isBegun =
      context.folder.store.isRemote
      && (feed.publish.current == .always
        || (feed.publish.current == .auto && side.manifest.byteCount <= Feed.currentLimit))
      && !(standing?.currentFile != nil && standing?.current.map(\.digest) == set.digests)
    let object = isBegun ? try replacement.begin(Pointer.currentPath) : nil
    let passing = object.map { CurrentFile(context.folder, patch: patch, to: $0) }

    var pointer = Pointer(
      feed: head.feed, seq: head.seq, run: head.run, validFrom: head.validFrom, recordedAt: head.recordedAt,
      columns: [], current: try set.write(naming: naming, name: name, to: passing),
      closed: kept + (try segments(runs, naming: naming, name: name)))
    for part in pointer.closed { columns.add(part.columns ?? []) }
    pointer.columns = columns.columns
    pointer.currentFile = try currentFile(feed, pointer, last: standing) { (parts) throws(Failure) in
      if let object, let rows = try passing?.finish(), try replacement.end(object) {
        return (rows, object.count)
      }
      let copied = try replacement.stream(Pointer.currentPath) { (object) throws(Failure) in
        let file = CurrentFile(context.folder, patch: patch, to: object)
        return try file.write(parts)
      }
      if let copied { return copied }
      return try replacement.stream(Pointer.currentPath) { (object) throws(Failure) in
        try set.writeRecords(naming: naming, to: object)
      }
    }
    pointer.retired = try Retirement(context: context, lease: lease, grace: feed.publish.grace)
      .list(for: pointer, after: last)
    let companions = Companions(context.folder, pointer, feed.publish.lists)
    pointer.companions = try companions.digests()
    let files = try companions.files { pointer.companions?[$0] != standing?.companions?[$0] }
    if pointer.currentFile == nil { replacement.forget(Pointer.currentPath) }
    if !companions.hasLists { for path in Companions.forBigQuery { replacement.forget(path) } }
    let isMoved = try replacement.put(files) { versions in
      pointer.versions = versions
      return Documents.sealed(pointer)
    }
    guard isMoved else {
      try beside.settle()
      context.log.info("another publisher was faster: entry \(head.seq) is published")
      return nil
    }
    // Nobody looks for what the last pointer did not name either, unless a publisher was cut off: then it may have left any.
    let superfluous = pointer.unnamed.filter { lease.isHalfDone || last?.hasBeside($0) == true }
    try beside.clear(superfluous)
    context.log.info("published entry \(head.seq): \(context.folder.location(of: Pointer.path))")
    return pointer.made(after: last)
  }

  /// The runs since the last publication, the oldest first, each with the columns of the entry before it; and from when
  /// on what was published before was taken back.
  private func unpublished(_ last: Pointer?, _ head: Head) throws(Failure) -> (
    runs: [(entry: Head, header: [String])], takenBack: Instant?
  ) {
    var runs: [(entry: Head, header: [String])] = []
    var takenBack: Instant?
    var force = Force()
    var entry = head
    while entry.seq > last?.seq ?? 0, let ref = entry.ancestors.first {
      let isInForce = force.includes(entry)
      // What was said to be true until later than it begins is so no more.
      if entry.restored != nil || entry.corrects != nil {
        takenBack = min(takenBack ?? entry.validFrom, entry.validFrom)
      }
      if let last, ref.seq <= last.seq, entry.columns == nil {
        // It had the same ones, in whatever order: nothing else is to be known of it.
        if isInForce { runs.append((entry, entry.state.header)) }
        break
      }
      let parent = try context.timeline.read(ref)
      if isInForce { runs.append((entry, parent.state.header)) }
      entry = parent
    }
    return (runs.reversed(), takenBack)
  }

  /// What the runs closed.
  private func segments(
    _ runs: [(entry: Head, header: [String])], naming: [String: String], name: String
  ) throws(Failure) -> [Pointer.Part] {
    var segments: [Pointer.Part] = []
    for run in runs {
      let segment = ClosedSegment(
        folder: context.folder, head: run.entry, header: run.header, naming: naming)
      if let part = try segment.write(as: "published/closed/\(run.entry.seq)-\(name).jsonl") {
        segments.append(part)
      }
    }
    return segments
  }

  private func currentFile(
    _ feed: Feed, _ pointer: Pointer, last: Pointer?,
    write: (_ parts: [Pointer.Part]) throws(Failure) -> (rows: Int, bytes: Int)?
  ) throws(Failure) -> Pointer.Part? {
    let size = pointer.current.reduce(0) { $0 + ($1.recordBytes ?? $1.bytes) }
    guard feed.publish.current == .always || (feed.publish.current == .auto && size <= Feed.currentLimit)
    else {
      return nil
    }
    if let last, let file = last.currentFile, last.current.map(\.digest) == pointer.current.map(\.digest) {
      return file
    }
    guard let count = try write(pointer.current) else { return nil }
    return Pointer.Part(
      uri: try context.folder.uri(Pointer.currentPath), object: Pointer.currentPath, rows: count.rows,
      bytes: count.bytes, digest: nil,
      columns: nil)
  }
}
