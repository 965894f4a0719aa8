import Basics

extension ObjectStore {
  /// It is not.
  public var isRemote: Bool { false }

  /// Reads a small object, or a range of one, whole.
  public func get(
    _ key: ObjectKey, range: Range<Int>? = nil
  ) throws(StoreError) -> (bytes: [UInt8], info: ObjectInfo) {
    let reader = try open(key, range: range)
    let size = range?.count ?? reader.info.size
    var problem: StoreError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { (room, count) in
      do throws(StoreError) {
        while count < size {
          let rest = unsafe UnsafeMutableRawBufferPointer(room)[count...]
          let read = unsafe try reader.read(into: UnsafeMutableRawBufferPointer(rebasing: rest))
          if read == 0 { break }
          count += read
        }
      } catch {
        problem = error
      }
    }
    if let problem { throw problem }
    return (bytes, reader.info)
  }

  /// Reads a small object whole; nil if there is none.
  public func getIfPresent(_ key: ObjectKey) throws(StoreError) -> (bytes: [UInt8], info: ObjectInfo)? {
    do {
      return try get(key)
    } catch {
      if error.kind == .notFound { return nil }
      throw error
    }
  }

  /// Writes a small object whole.
  /// - Throws: as ``create(_:if:)`` and ``ObjectWriter/commit()`` do.
  @discardableResult
  public func put(
    _ key: ObjectKey, _ bytes: [UInt8], if condition: WriteCondition
  ) throws(StoreError) -> Written {
    let writer = try create(key, if: condition)
    try writer.write(bytes)
    return try writer.commit()
  }

  /// Every key that begins with `prefix`, page by page.
  public func forEach(
    prefix: String, _ body: (ObjectKey, Int) throws(StoreError) -> Void
  ) throws(StoreError) {
    var after: String?
    while true {
      let page = try list(prefix: prefix, after: after, limit: 1000)
      for entry in page.entries { try body(entry.key, entry.size) }
      guard page.more, let last = page.entries.last else { return }
      after = last.key.description
    }
  }
}

extension ObjectWriter {
  /// Appends the bytes of an array.
  public func write(_ bytes: [UInt8]) throws(StoreError) {
    unsafe try bytes.withUnsafeBufferPointer { (raw) throws(StoreError) in
      unsafe try write(UnsafeRawBufferPointer(raw))
    }
  }

  /// What ``copy(from:range:)`` is in a store that cannot copy by itself: bytes are read and written in pieces.
  public func copyByReading(
    _ store: any ObjectStore, from key: ObjectKey, range: Range<Int>
  ) throws(StoreError) {
    let reader = try store.open(key, range: range)
    let piece = 256 << 10
    var buffer = ByteBuffer(capacity: min(range.count, piece))
    while true {
      buffer.truncate()
      let read = unsafe try buffer.append(atMost: min(range.count, piece)) { (room) throws(StoreError) in
        unsafe try reader.read(into: room)
      }
      if read == 0 { return }
      unsafe try write(buffer.bytes)
    }
  }
}
