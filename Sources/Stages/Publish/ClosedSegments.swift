import Basics
import History

/// The closed segments that a pointer names, kept few: so many short ones in a row become one, so many of those one again.
///
/// As in a log-structured merge tree (O'Neil et al., 1996): there are about as many as the logarithm of the number of runs
/// in which something closed, and each row is written again about as often.
struct ClosedSegments {
  let context: StageContext
  /// How many become one.
  let fanIn: Int
  /// A segment of more bytes stays as it is.
  let longest: Int
  /// What new ones are called by.
  let name: String

  /// What is left of segments when what was published was taken back from some time on: of what was merged, the rows before.
  func standing(_ parts: [Pointer.Part], before takenBack: Instant) throws(Failure) -> [Pointer.Part] {
    var kept: [Pointer.Part] = []
    for part in parts {
      if part.validTo.map({ $0 < takenBack }) ?? true {
        kept.append(part)
      } else if let first = part.firstValidTo, first < takenBack {
        let path = "published/closed/\(name).cut-\(kept.count).jsonl"
        kept.append(try write([part], as: path, tier: part.tier) { $0 < takenBack })
      }
    }
    return kept
  }

  /// Makes one of the last segments where there are enough of them. Only of what a pointer names: it is retired then.
  func merged(_ parts: [Pointer.Part]) throws(Failure) -> [Pointer.Part] {
    guard let (last, tier) = due(parts) else { return parts }
    do {
      let path = "published/closed/\(name).merged.jsonl"
      return parts[..<last.lowerBound] + [try write(parts[last], as: path, tier: tier) { _ in true }]
    } catch {
      // Readers of what is new do not wait for that: an audit finds it.
      guard error.kind == .badData else { throw error }
      context.log.warning("closed segments are not merged: \(error.message)")
      return parts
    }
  }

  /// Which segments become one, and of which tier that is.
  private func due(_ parts: [Pointer.Part]) -> (Range<Int>, tier: Int)? {
    var start = parts.count
    var tier = 0
    var bytes = 0
    while bytes <= longest {
      let others = parts[..<start].lastIndex {
        ($0.tier ?? 0) != tier || $0.bytes > longest || $0.sha256 == nil
      }
      let first = others.map { $0 + 1 } ?? 0
      // What is merged already counts as one of this tier.
      guard start - first + (tier > 0 ? 1 : 0) >= fanIn else { break }
      bytes += parts[first..<start].reduce(0) { $0 + $1.bytes }
      start = first
      tier += 1
    }
    return tier > 0 ? (start..<parts.count, tier) : nil
  }

  /// Writes the rows of some segments, as far as they ceased to be true at a time that is wanted, as one.
  private func write(
    _ parts: some Sequence<Pointer.Part>, as path: String, tier: Int?, where isWanted: (Instant) -> Bool
  ) throws(Failure) -> Pointer.Part {
    let object = try context.folder.create(path)
    var out = ByteBuffer(capacity: 512 << 10)
    var columns = ColumnSet()
    var rows = 0
    var (first, last) = (Instant?.none, Instant?.none)
    for part in parts {
      columns.add(part.columns ?? [])
      let ref = ObjectRef(object: part.object, bytes: part.bytes, sha256: part.sha256 ?? "")
      // Rows of one run follow each other.
      var (text, time) = ([UInt8](), Instant?.none)
      try unsafe ChangeLines(context.folder, ref).forEachLine { (line) throws(Failure) in
        let found = try unsafe validTo(line, part.object)
        if unsafe time == nil || !text.elementsEqual(line[found]) {
          text = unsafe Array(line[found])
          time = Instant(String(decoding: text, as: UTF8.self))
        }
        guard let time else { throw damaged(part.object) }
        guard isWanted(time) else { return }
        first = min(first ?? time, time)
        last = max(last ?? time, time)
        rows += 1
        unsafe out.append(line)
        if out.count >= 256 << 10 {
          try unsafe object.write(out.bytes)
          out.truncate()
        }
      }
    }
    try unsafe object.write(out.bytes)
    let ref = try object.commit()
    var part = Pointer.Part(
      uri: try context.folder.uri(path), object: path, rows: rows, bytes: ref.bytes, digest: nil,
      columns: columns.columns, validTo: last, sha256: ref.sha256)
    part.firstValidTo = first
    part.tier = tier
    return part
  }

  /// Where in a row of a segment the time stands at which it ceased to be true.
  private func validTo(_ line: UnsafeRawBufferPointer, _ object: String) throws(Failure) -> Range<Int> {
    let (before, between) = ("{\"valid_from\":\"", "\",\"valid_to\":\"")
    guard unsafe line.starts(with: before.utf8),
      let middle = unsafe line.dropFirst(before.utf8.count).firstIndex(of: 0x22),
      unsafe line[middle...].starts(with: between.utf8)
    else { throw damaged(object) }
    let start = middle + between.utf8.count
    guard let end = unsafe line[start...].firstIndex(of: 0x22) else { throw damaged(object) }
    return start..<end
  }

  private func damaged(_ object: String) -> Failure {
    Failure(.badData, "\(object) is damaged: a row does not say until when it was true")
  }
}
