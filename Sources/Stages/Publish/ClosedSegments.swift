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
  /// - Throws: ``Failure/Kind/badData`` if one that has to be read is damaged: what closed has to be written anew.
  func standing(_ parts: [Pointer.Part], before takenBack: Instant) throws(Failure) -> [Pointer.Part] {
    var kept: [Pointer.Part] = []
    for part in parts {
      if part.validTo.map({ $0 < takenBack }) ?? true {
        kept.append(part)
      } else if let first = part.firstValidTo, first < takenBack {
        let path = "published/closed/cut\(kept.count)-\(name).jsonl"
        kept.append(try write([part], as: path, tier: part.tier) { $0 < takenBack })
      }
    }
    return kept
  }

  /// Makes one of the first segments of which there are enough in a row. At most one, so that no publication takes much
  /// longer than others; and only of what a pointer names, for that is retired then.
  func merged(_ parts: [Pointer.Part]) throws(Failure) -> [Pointer.Part] {
    guard let row = due(parts) else { return parts }
    let tier = (parts[row.lowerBound].tier ?? 0) + 1
    do {
      let one = try write(parts[row], as: "published/closed/merged-\(name).jsonl", tier: tier) { _ in true }
      return parts[..<row.lowerBound] + [one] + parts[row.upperBound...]
    } catch {
      // Readers of what is new wait for none of this.
      guard error.kind != .tryAgain else { throw error }
      context.log.warning("closed segments are not merged: \(error.message)")
      guard error.kind == .badData else { return parts }
      // One of them is damaged, which an audit tells: no other one waits for it.
      var parts = parts
      for index in row { parts[index].staysAlone = true }
      return parts
    }
  }

  /// Which segments become one.
  private func due(_ parts: [Pointer.Part]) -> Range<Int>? {
    var start = 0
    for (index, part) in parts.enumerated() {
      if part.bytes > longest || part.sha256 == nil || part.staysAlone == true {
        start = index + 1
      } else if part.tier ?? 0 != parts[start].tier ?? 0 {
        start = index
      }
      if index + 1 - start == fanIn { return start..<index + 1 }
    }
    return nil
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
