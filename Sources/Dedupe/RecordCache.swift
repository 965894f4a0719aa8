import Basics

/// The bytes of records that were parsed because they changed, so that writing the changes does not read them from the
/// store again. Holds a few MiB: more changes than that are read twice.
final class RecordCache {
  private static let most = 4 << 20
  private var places: [UInt32: Range<Int>] = [:]
  private var bytes = ByteBuffer()

  func keep(_ ordinal: Int, _ record: UnsafeRawBufferPointer) {
    guard bytes.count + record.count <= Self.most else { return }
    places[UInt32(ordinal)] = bytes.count..<bytes.count + record.count
    unsafe bytes.append(record)
  }

  /// Calls `body` with the bytes of a record, if they are kept; returns whether they are.
  func withRecord(
    _ ordinal: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    guard let place = places[UInt32(ordinal)] else { return false }
    try unsafe body(UnsafeRawBufferPointer(rebasing: bytes.bytes[place]))
    return true
  }
}
