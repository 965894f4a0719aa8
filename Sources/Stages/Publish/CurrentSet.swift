import Basics
import Blocks
import Dedupe
import Hashing
import History
import ObjectStore

/// The current set as parts: some stand already, the others are drafted, then written.
struct CurrentSet {
  /// Where rows go: into a part, and past the file of all records.
  private struct Target {
    let object: FeedObjectWriter
    let file: CurrentFile?
  }

  private enum Item {
    case standing(Pointer.Part)
    case drafted(PartDraft)

    var isDrafted: Bool {
      if case .drafted = self { true } else { false }
    }
  }

  private static let chunk = 512 << 10
  private static let readAtOnce = 256 << 10

  private let context: StageContext
  private let side: Side
  private let patch: Patch
  private let keys: [RowKey]
  private let known: KnownRows
  private let layouts: KnownLayouts
  private let items: [Item]
  private let leastLayout: Int
  private let keepsLayouts: Bool

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
    let new = plan.parts.filter { standing[$0.digest] == nil }.map(\.spans)
    let saving = CopySaving(side, isRemote: context.folder.store.isRemote)
    keepsLayouts = saving.needsLayouts
    let isCopied = !hit.isEmpty && saving.copies(new, fromParts: hit.count)
    let isRead = isCopied || (keepsLayouts && !new.isEmpty && new.count < plan.parts.count)
    layouts = try isRead ? KnownLayouts(of: last?.current ?? [], in: context.folder) : KnownLayouts()
    var known = isCopied ? KnownRows(hit, layouts) : KnownRows([], layouts)
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

  /// The digests of all parts, in order.
  var digests: [String] {
    items.map { item in
      switch item {
      case .standing(let part): part.digest ?? ""
      case .drafted(let draft): draft.digest
      }
    }
  }

  /// Writes the parts that do not stand yet; all parts, in order.
  /// - Parameters:
  ///   - naming: how columns are called, all of them.
  ///   - name: what the names of new parts begin with.
  ///   - file: takes all rows as they pass by.
  func write(naming: [String: String], name: String, to file: CurrentFile?) throws(Failure) -> [Pointer.Part]
  {
    var renderer = RowRenderer(side, patch: patch, naming: naming)
    var out = ByteBuffer(capacity: Self.chunk * 2)
    var parts: [Pointer.Part] = []
    var sections: [LayoutSection?] = []
    for (number, item) in items.enumerated() {
      context.log.progress("publish", done: number, total: items.count)
      switch item {
      case .standing(let part):
        parts.append(part)
        sections.append(
          layouts.section(of: part).map { LayoutSection(bytes: $0, sha256: part.layout?.sha256 ?? "") })
        try file?.append(part)
      case .drafted(let draft):
        let path = "published/parts/\(name)-\(number).jsonl"
        let (part, layout) = try write(draft, &renderer, &out, as: path, to: file)
        parts.append(part)
        sections.append(layout)
      }
    }
    if items.contains(where: \.isDrafted) {
      try write(sections, of: &parts, as: "published/parts/\(name).layout")
    }
    return parts
  }

  /// Writes the layouts of all parts, those that stand included, so that the next publication reads one object.
  private func write(
    _ sections: [LayoutSection?], of parts: inout [Pointer.Part], as path: String
  ) throws(Failure) {
    for index in parts.indices { parts[index].layout = nil }
    if !keepsLayouts || sections.allSatisfy({ $0 == nil }) { return }
    let object = try context.folder.create(path, digested: false)
    for (index, section) in sections.enumerated() {
      guard let section else { continue }
      parts[index].layout = .init(
        object: path, offset: object.count, bytes: section.bytes.count, sha256: section.sha256)
      try unsafe section.bytes.withUnsafeBufferPointer { (bytes) throws(Failure) in
        unsafe try object.write(UnsafeRawBufferPointer(bytes))
      }
    }
    try object.commitUndigested()
  }

  private func write(
    _ draft: PartDraft, _ renderer: inout RowRenderer, _ out: inout ByteBuffer, as path: String,
    to file: CurrentFile?
  ) throws(Failure) -> (Pointer.Part, layout: LayoutSection?) {
    var lengths = draft.lengths
    var target = Target(object: try context.folder.create(path, digested: false), file: file)
    if try !write(draft.pieces, of: draft, &renderer, &out, to: target, &lengths) {
      // An earlier part is not what it was: then nothing is copied.
      out.truncate()
      file?.giveUp()
      target = Target(object: try context.folder.create(path, digested: false), file: nil)
      _ = try write([.render(draft.spans)], of: draft, &renderer, &out, to: target, &lengths)
    }
    let object = target.object
    try object.commitUndigested()
    let records = side.firstRecord[draft.spans.lowerBound]..<side.firstRecord[draft.spans.upperBound]
    let (rows, added) = try patch.tally(records)
    file?.endPart(rows: rows)
    let part = Pointer.Part(
      uri: try context.folder.uri(path), object: path, rows: rows, bytes: object.count,
      recordBytes: object.count - added, digest: draft.digest, columns: nil, layout: nil)
    return (part, object.count < leastLayout ? nil : layout(lengths, from: draft.spans.lowerBound))
  }

  /// - Returns: false if what is to be copied is not there.
  private func write(
    _ pieces: [PartDraft.Piece], of draft: PartDraft, _ renderer: inout RowRenderer, _ out: inout ByteBuffer,
    to target: Target, _ lengths: inout [Int]
  ) throws(Failure) -> Bool {
    var source: (part: Int, reader: any ObjectReader)?
    for piece in pieces {
      switch piece {
      case .copy(let part, let range):
        try flush(&out, to: target)
        if target.file == nil {
          guard try target.object.copy(from: known.objects[part], range: range) else { return false }
        } else if try !read(part, range, &source, &out, to: target) {
          return false
        }
      case .render(let spans):
        for span in spans {
          let start = out.count
          try renderer.appendRows(of: span, to: &out)
          lengths[span - draft.spans.lowerBound] = out.count - start
          if out.count >= Self.chunk { try flush(&out, to: target) }
        }
      }
    }
    try flush(&out, to: target)
    return true
  }

  /// Copies a range of an earlier part through this process, where its rows are wanted in two places.
  /// - Returns: false if there is no such range.
  private func read(
    _ part: Int, _ range: Range<Int>, _ source: inout (part: Int, reader: any ObjectReader)?,
    _ out: inout ByteBuffer, to target: Target
  ) throws(Failure) -> Bool {
    if source?.part != part {
      // What follows is wanted too: all is asked for, and read as far as it is.
      let all = range.lowerBound..<known.sizes[part]
      guard let reader = try context.folder.openIfPresent(known.objects[part], range: all) else {
        return false
      }
      source = (part, reader)
    }
    guard let reader = source?.reader, range.upperBound <= reader.info.size else { return false }
    try context.folder.move(reader, to: range)
    var left = range.count
    while left > 0 {
      let count = try unsafe out.append(atMost: min(left, Self.readAtOnce)) { (room) throws(Failure) in
        unsafe try context.folder.read(reader, into: room)
      }
      if count == 0 { throw Failure(.unavailable, "\(known.objects[part]) came short; try again") }
      left -= count
      if out.count >= Self.chunk { try flush(&out, to: target) }
    }
    return true
  }

  private func flush(_ out: inout ByteBuffer, to target: Target) throws(Failure) {
    try unsafe target.object.write(out.bytes)
    try unsafe target.file?.take(out.bytes)
    out.truncate()
  }

  private func layout(_ lengths: [Int], from first: Int) -> LayoutSection {
    var layout = PartLayout()
    for (index, length) in lengths.enumerated() { layout.append(keys[first + index], length: length) }
    let bytes = layout.encoded
    return LayoutSection(bytes: bytes[...], sha256: hex(SHA256.digest(bytes)))
  }

  /// Writes all records of the set without anything added; returns how many.
  func writeRecords(naming: [String: String], to object: FeedObjectWriter) throws(Failure) -> Int {
    var renderer = RowRenderer(side, patch: patch, naming: naming)
    var out = ByteBuffer(capacity: Self.chunk * 2)
    var rows = 0
    for span in side.manifest.spans.indices {
      rows += try renderer.appendRecords(of: span, to: &out)
      if out.count >= Self.chunk { try flush(&out, to: Target(object: object, file: nil)) }
    }
    try flush(&out, to: Target(object: object, file: nil))
    return rows
  }
}
