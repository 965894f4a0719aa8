import Basics
import Blocks
import Dedupe
import History

/// The current set as parts: some stand already, the others are drafted, then written.
struct CurrentSet {
  private enum Item {
    case standing(Pointer.Part)
    case drafted(PartDraft)
  }

  private static let chunk = 512 << 10

  private let context: StageContext
  private let side: Side
  private let patch: Patch
  private let keys: [RowKey]
  private let known: KnownRows
  private let items: [Item]
  private let leastLayout: Int

  /// Decides what has to be written; nothing is yet.
  /// - Parameters:
  ///   - naming: how columns are called, those of JSON that were published before.
  ///   - leastPart: see ``PublishStage/Options/leastPart``.
  init(
    _ context: StageContext, _ side: Side, patch: Patch, naming: [String: String], last: Pointer?,
    leastPart: Int
  ) throws(Failure) {
    self.context = context
    self.side = side
    self.patch = patch
    leastLayout = leastPart / 4
    let rowKeys = RowKeys(side, naming: naming)
    keys = try rowKeys.keys(of: side, patch: patch)
    let plan = PartPlan(side, keys: keys, borders: rowKeys, least: leastPart)
    var standing: [String: Pointer.Part] = [:]
    for part in last?.current ?? [] { if let digest = part.digest { standing[digest] = part } }
    let wanted = Set(plan.parts.map(\.digest))
    let hit = (last?.current ?? []).filter { part in part.digest.map { !wanted.contains($0) } ?? true }
    var known = try KnownRows(hit, in: context.folder)
    items = plan.parts.map { part in
      standing[part.digest].map { .standing($0) } ?? .drafted(PartDraft(part, keys: plan.keys, known: &known))
    }
    self.known = known
  }

  /// The columns, by the source's names, of the records that have to be rendered.
  func columnsToRender() throws(Failure) -> ColumnSet {
    var columns = ColumnSet()
    var renderer = RowRenderer(side, patch: patch)
    for case .drafted(let draft) in items {
      for spans in draft.rendered { try renderer.columns(of: spans, to: &columns) }
    }
    return columns
  }

  /// Writes the parts that do not stand yet; all parts, in order.
  /// - Parameters:
  ///   - naming: how columns are called, all of them.
  ///   - name: what the names of new parts begin with.
  func write(naming: [String: String], name: String) throws(Failure) -> [Pointer.Part] {
    var renderer = RowRenderer(side, patch: patch, naming: naming)
    var out = ByteBuffer(capacity: Self.chunk * 2)
    var parts: [Pointer.Part] = []
    for (number, item) in items.enumerated() {
      context.log.progress("publish", done: number, total: items.count)
      switch item {
      case .standing(let part): parts.append(part)
      case .drafted(let draft):
        parts.append(try write(draft, &renderer, &out, as: "published/parts/\(name)-\(number)"))
      }
    }
    return parts
  }

  private func write(
    _ draft: PartDraft, _ renderer: inout RowRenderer, _ out: inout ByteBuffer, as name: String
  ) throws(Failure) -> Pointer.Part {
    let path = name + ".jsonl"
    var lengths = draft.lengths
    var object = try context.folder.create(path, digested: false)
    if try !write(draft.pieces, of: draft, &renderer, &out, to: object, &lengths) {
      // An earlier part is not what it was: then nothing is copied.
      out.truncate()
      object = try context.folder.create(path, digested: false)
      _ = try write([.render(draft.spans)], of: draft, &renderer, &out, to: object, &lengths)
    }
    try object.commitUndigested()
    let records = side.firstRecord[draft.spans.lowerBound]..<side.firstRecord[draft.spans.upperBound]
    let (rows, added) = try patch.tally(records)
    return Pointer.Part(
      uri: try context.folder.uri(path), object: path, rows: rows, bytes: object.count,
      recordBytes: object.count - added, digest: draft.digest, columns: nil,
      layout: object.count < leastLayout
        ? nil : try writeLayout(lengths, from: draft.spans.lowerBound, as: name + ".layout"))
  }

  /// - Returns: false if what is to be copied is not there.
  private func write(
    _ pieces: [PartDraft.Piece], of draft: PartDraft, _ renderer: inout RowRenderer, _ out: inout ByteBuffer,
    to object: FeedObjectWriter, _ lengths: inout [Int]
  ) throws(Failure) -> Bool {
    for piece in pieces {
      switch piece {
      case .copy(let part, let range):
        try flush(&out, to: object)
        guard try object.copy(from: known.objects[part], range: range) else { return false }
      case .render(let spans):
        for span in spans {
          let start = out.count
          try renderer.appendRows(of: span, to: &out)
          lengths[span - draft.spans.lowerBound] = out.count - start
          if out.count >= Self.chunk { try flush(&out, to: object) }
        }
      }
    }
    try flush(&out, to: object)
    return true
  }

  private func flush(_ out: inout ByteBuffer, to object: FeedObjectWriter) throws(Failure) {
    try unsafe object.write(out.bytes)
    out.truncate()
  }

  private func writeLayout(
    _ lengths: [Int], from first: Int, as path: String
  ) throws(Failure) -> ObjectRef {
    var layout = PartLayout()
    for (index, length) in lengths.enumerated() { layout.append(keys[first + index], length: length) }
    let object = try context.folder.create(path)
    let encoded = layout.encoded
    try unsafe object.write(encoded.bytes)
    return try object.commit()
  }

  /// Writes all records of the set without anything added; returns how many.
  func writeRecords(naming: [String: String], to object: FeedObjectWriter) throws(Failure) -> Int {
    var renderer = RowRenderer(side, patch: patch, naming: naming)
    var out = ByteBuffer(capacity: Self.chunk * 2)
    var rows = 0
    for span in side.manifest.spans.indices {
      rows += try renderer.appendRecords(of: span, to: &out)
      if out.count >= Self.chunk { try flush(&out, to: object) }
    }
    try flush(&out, to: object)
    return rows
  }
}
