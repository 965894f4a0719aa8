import ObjectStore

/// Bytes that nobody has to keep: the one at place n is n modulo 251.
private let pattern = (0..<251 * 4200).map { UInt8($0 % 251) }
private let pieceLength = 1 << 20

/// Writes so many of them.
func send(_ count: Int, to key: ObjectKey, in store: any ObjectStore) throws(StoreError) {
  let writer = try store.create(key, if: .none)
  var sent = 0
  while sent < count {
    let first = sent % 251
    let length = min(pieceLength, count - sent)
    try unsafe pattern.withUnsafeBufferPointer { (bytes) throws(StoreError) in
      try unsafe writer.write(
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[first..<first + length]))
    }
    sent += length
  }
  _ = try writer.commit()
}

/// Reads them.
/// - Returns: how many there are; nil if one is wrong.
func receive(_ key: ObjectKey, in store: any ObjectStore) throws(StoreError) -> Int? {
  let reader = try store.open(key, range: nil)
  var room = [UInt8](repeating: 0, count: pieceLength)
  var received = 0
  while true {
    let count = unsafe try room.withUnsafeMutableBufferPointer { (room) throws(StoreError) in
      try unsafe reader.read(into: UnsafeMutableRawBufferPointer(room))
    }
    if count == 0 { return received }
    let first = received % 251
    guard room[..<count].elementsEqual(pattern[first..<first + count]) else { return nil }
    received += count
  }
}
