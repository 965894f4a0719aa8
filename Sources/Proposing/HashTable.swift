import Basics

/// The hashes of records and of some of their columns, beside memory: by them it is counted how many different ones there
/// are of any columns together, exactly but for hashes of 64 bits that happen to be the same.
struct HashTable: ~Copyable {
  /// So many records stand together, column by column.
  static let block = 4096
  /// So many different hashes are counted in memory at once: 16 MiB.
  static let inMemory = 1 << 20
  /// So many hashes of one part are written at once.
  private static let piece = 1024

  private let rows: any Scratch
  private let parts: any Scratch
  private let width: Int
  /// How many different hashes are counted at once.
  private let limit: Int
  private(set) var count = 0
  private var open: [UInt64]

  /// - Parameter columns: of how many columns; the record itself is one more.
  init(columns: Int, rows: any Scratch, parts: any Scratch, limit: Int = inMemory) {
    self.rows = rows
    self.parts = parts
    self.limit = limit
    width = columns + 1
    open = [UInt64](repeating: 0, count: (columns + 1) * Self.block)
  }

  /// Sets a column's hash, from 0; -1 is the record's. To be called for each of them before ``next()``.
  mutating func set(_ column: Int, _ hash: UInt64) {
    open[(column + 1) * Self.block + count % Self.block] = hash
  }

  /// Ends a record.
  mutating func next() throws(Failure) {
    count += 1
    if count % Self.block == 0 { try flush() }
  }

  /// Writes what is open; to be called once, at the end.
  mutating func finish() throws(Failure) { if count % Self.block != 0 { try flush() } }

  private func flush() throws(Failure) {
    var failure: Failure?
    unsafe open.withUnsafeBytes { bytes in
      do throws(Failure) { try unsafe rows.append(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// How many different ones there are of some columns together among the first `prefix` records.
  /// - Parameter columns: at least one; -1 is the record itself.
  func distinct(_ columns: [Int], among prefix: Int) throws(Failure) -> Int {
    let wanted = min(prefix, count)
    if wanted <= limit {
      var counter = DistinctCounter(expected: min(wanted, 1 << 16))
      try forEach(columns, wanted) { (hash) throws(Failure) in counter.insert(hash) }
      return counter.count
    }
    return try distinctByParts(columns, wanted)
  }

  /// Equal hashes go to the same part; each part is counted by itself.
  private func distinctByParts(_ columns: [Int], _ wanted: Int) throws(Failure) -> Int {
    let number = (wanted + limit - 1) / limit
    var held = [UInt64](repeating: 0, count: number * Self.piece)
    var lengths = [Int](repeating: 0, count: number)
    var pieces = [[Int]](repeating: [], count: number)
    var end = 0
    try parts.clear()
    try forEach(columns, wanted) { (hash) throws(Failure) in
      let part = Int(hash.multipliedFullWidth(by: UInt64(number)).high)
      held[part * Self.piece + lengths[part]] = hash
      lengths[part] += 1
      if lengths[part] == Self.piece {
        lengths[part] = 0
        try Self.write(held, part * Self.piece, to: parts)
        pieces[part].append(end)
        end += Self.piece * 8
      }
    }
    var counter = DistinctCounter(expected: limit)
    var buffer = ByteBuffer(capacity: Self.piece * 8)
    var total = 0
    for part in 0..<number {
      counter.removeAll()
      for start in pieces[part] {
        buffer.truncate()
        try parts.read(start..<start + Self.piece * 8, to: &buffer)
        for place in 0..<Self.piece {
          counter.insert(unsafe buffer.bytes.loadUnaligned(fromByteOffset: place * 8, as: UInt64.self))
        }
      }
      for place in 0..<lengths[part] { counter.insert(held[part * Self.piece + place]) }
      total += counter.count
    }
    return total
  }

  private static func write(_ held: [UInt64], _ start: Int, to parts: any Scratch) throws(Failure) {
    var failure: Failure?
    unsafe held.withUnsafeBytes { bytes in
      let range = start * 8..<(start + piece) * 8
      do throws(Failure) { try unsafe parts.append(UnsafeRawBufferPointer(rebasing: bytes[range])) } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Calls `body` with the hash of some columns together, of one record after the other.
  private func forEach(
    _ columns: [Int], _ wanted: Int, _ body: (UInt64) throws(Failure) -> Void
  ) throws(Failure) {
    var buffer = ByteBuffer(capacity: columns.count * Self.block * 8)
    var done = 0
    while done < wanted {
      let rows = min(Self.block, wanted - done)
      buffer.truncate()
      for column in columns {
        let start = (done / Self.block * width + column + 1) * Self.block * 8
        try self.rows.read(start..<start + rows * 8, to: &buffer)
      }
      for row in 0..<rows {
        var hash = unsafe buffer.bytes.loadUnaligned(fromByteOffset: row * 8, as: UInt64.self)
        for place in 1..<max(1, columns.count) {
          let offset = (place * rows + row) * 8
          hash = mixed(hash &+ 0x9E37_79B9_7F4A_7C15)
          hash ^= unsafe buffer.bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        }
        try body(columns.count > 1 ? mixed(hash) : hash)
      }
      done += rows
    }
  }
}
