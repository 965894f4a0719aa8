import Basics
import FeedSources
import Hashing
import StrandlineTesting

/// A source that moves on, goes back, and is sick at times.
final class SimulatedSource {
  struct Version {
    var table: Table
    var bytes: [UInt8]
    var isSick = false
    /// The same for the same bytes.
    var tag: String
  }

  private(set) var versions: [Version] = []
  /// What it sends now.
  private(set) var current = 0
  let hasTags: Bool
  private var healthy: Table
  private let padding: Int
  private var next = 100

  init(rows: Int, padding: Int, hasTags: Bool) {
    self.hasTags = hasTags
    self.padding = padding
    healthy = Table(rows: [])
    for id in 0..<rows { healthy.rows.append(row(id, 0)) }
    send(healthy)
  }

  private func row(_ id: Int, _ version: Int) -> Table.Row {
    .init(id: id, name: "name \(id)", text: "text \(version)" + String(repeating: ".", count: padding))
  }

  private func send(_ table: Table, bytes: [UInt8]? = nil, isSick: Bool = false) {
    let bytes = bytes ?? table.csv
    let tag = String(hex(SHA256.digest(bytes)).prefix(8))
    versions.append(Version(table: table, bytes: bytes, isSick: isSick, tag: tag))
    current = versions.count - 1
  }

  /// Something happens at the source.
  func move(_ random: inout SplitMix64) {
    switch random.below(20) {
    case 0: send(Table(rows: []), isSick: true)
    case 1: send(Table(rows: Array(healthy.rows.prefix(3))), isSick: true)
    case 2: send(Table(rows: []), bytes: Array("<html><body>no\n".utf8), isSick: true)
    case 3:
      var cut = healthy
      cut.rows.removeLast(min(2, cut.rows.count - 1))
      cut.rows[cut.rows.count - 1].text = "te"
      cut.rows[cut.rows.count - 1].isBad = false
      cut.endsOpen = true
      send(cut, isSick: true)
    case 4 where versions.count > 1:
      // As it was once before.
      current = random.below(versions.count)
      if !versions[current].isSick { healthy = versions[current].table }
    default: edit(&random)
    }
  }

  /// It sends something right.
  func heal() { if versions[current].isSick { send(healthy) } }

  /// Some records are others.
  func edit(_ random: inout SplitMix64) {
    for _ in 0...random.below(3) {
      let place = random.below(healthy.rows.count)
      switch random.below(8) {
      case 0, 1, 2: healthy.rows[place].text = row(0, versions.count).text
      case 3:
        next += 1
        healthy.rows.insert(row(next, versions.count), at: place)
      case 4:
        // Some stay, so that no dump looks sick by what is gone.
        if healthy.rows[place].id >= 100 || random.oneIn(4) && healthy.rows.count > 16 {
          healthy.rows.remove(at: place)
        }
      case 5:
        var other = healthy.rows[place]
        if random.oneIn(2) { other.text = row(0, versions.count + 1000).text }
        healthy.rows.insert(other, at: random.below(healthy.rows.count + 1))
      case 6:
        next += 1
        healthy.rows.insert(.init(id: next, name: "", text: "", isBad: true), at: place)
      default: healthy.rows.swapAt(place, random.below(healthy.rows.count))
      }
    }
    send(healthy)
  }
}

/// A dump from memory, which may break off.
final class SimulatedBody: SourceBody {
  let expectedBytes: Int?
  private(set) var receivedBytes = 0
  let etag: String?
  let lastModified: String? = nil
  let name = "the source"
  private let bytes: [UInt8]
  private let breaksOff: Bool

  init(_ bytes: [UInt8], etag: String?, breaksOff: Bool) {
    self.bytes = bytes
    self.etag = etag
    self.breaksOff = breaksOff
    expectedBytes = bytes.count
  }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    if breaksOff, receivedBytes > 0 { throw Failure(.unavailable, "the source broke off") }
    let most = breaksOff ? bytes.count / 2 : bytes.count
    let count = min(destination.count, most - receivedBytes)
    unsafe destination.copyBytes(from: bytes[receivedBytes..<receivedBytes + count])
    receivedBytes += count
    return count
  }
}
