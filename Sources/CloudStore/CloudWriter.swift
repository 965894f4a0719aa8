import ObjectStore

/// An object that is being written: one request if it fits into one part, else an upload in parts, one after the
/// other. At most one part is in memory.
final class CloudWriter: ObjectWriter {
  private static let long = 4 << 20

  let store: CloudStore
  var source: (key: ObjectKey, reader: CloudReader)?
  /// An object that this one is the whole of so far, not copied yet.
  var whole: (key: ObjectKey, size: Int)?
  private(set) var buffer: [UInt8] = []
  private let key: ObjectKey
  private let condition: WriteCondition
  private var upload: Upload?
  private var receipts: [PartReceipt] = []
  /// The length of all parts so far.
  private var sent = 0
  private var isOver = false
  private var broken: StoreError?

  init(_ store: CloudStore, _ key: ObjectKey, _ condition: WriteCondition) {
    self.store = store
    self.key = key
    self.condition = condition
  }

  deinit { abort() }

  /// Whether nothing was written yet.
  var isEmpty: Bool { upload == nil && buffer.isEmpty }

  /// The number of the part that is being filled.
  var number: Int { receipts.count + 1 }

  func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
    try checkOpen()
    try readWhole()
    var taken = 0
    while taken < bytes.count {
      let part = store.sizes.part(number, store.service.uploads)
      // Only once there is more: the last part may be sent in another way.
      if buffer.count >= part {
        try flush()
        continue
      }
      let count = min(bytes.count - taken, part - buffer.count)
      makeRoom(count, part)
      unsafe buffer.append(contentsOf: bytes[taken..<taken + count])
      taken += count
    }
  }

  /// Grows by doubling, but never past a part. Room takes memory only once it is filled, so a long buffer gets all of it:
  /// it is not copied while it is longest.
  private func makeRoom(_ more: Int, _ part: Int) {
    let needed = buffer.count + more
    guard needed > buffer.capacity else { return }
    let wanted = needed > Self.long ? part : 2 * buffer.capacity
    buffer.reserveCapacity(min(part, max(needed, wanted)))
  }

  func checkOpen() throws(StoreError) {
    if let broken { throw broken }
    if isOver { throw .committedAlready(key) }
  }

  /// Sends what is in memory as a part. It has the length of one.
  func flush() throws(StoreError) {
    if buffer.isEmpty { return }
    try append(buffer.count, "send a part") { (part, upload) throws(ServiceError) in
      try store.service.send(part, buffer, of: upload)
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Adds a part of a length, which `request` sends or copies.
  /// - Throws: what may also be the fault of a copy's source leaves the writer as it was.
  func append(
    _ count: Int, _ what: String, _ request: (UploadPart, Upload) throws(ServiceError) -> PartReceipt
  ) throws(StoreError) {
    do throws(StoreError) {
      let upload = try begun()
      let part = UploadPart(number: number, offset: sent)
      if part.number > store.service.uploads.mostParts {
        throw StoreError(
          .unavailable, key: key.description,
          "it has more than \(part.number - 1) parts, the most there can be")
      }
      let receipt = try store.patience.run(what, key.description) { () throws(ServiceError) in
        try request(part, upload)
      }
      receipts.append(receipt)
      sent += count
    } catch {
      throw error.kind == .notFound || error.kind == .invalid ? error : fail(error)
    }
  }

  private func begun() throws(StoreError) -> Upload {
    if let upload { return upload }
    let begun = try store.patience.run("begin an upload", key.description) { () throws(ServiceError) in
      try store.service.beginUpload(key, if: condition)
    }
    upload = begun
    return begun
  }

  /// Nothing can be added any more.
  func fail(_ error: StoreError) -> StoreError {
    broken = error
    abort()
    return error
  }

  func commit() throws(StoreError) -> Written {
    try checkOpen()
    isOver = true
    if let written = try rewritten(key, condition) { return written }
    source = nil
    do throws(StoreError) {
      guard upload != nil, !receipts.isEmpty else {
        let written = try store.put(key, buffer, if: condition)
        abort()
        return written
      }
      let written = try finish()
      upload = nil
      return written
    } catch {
      // Nothing is removed while nobody knows what came of it.
      if error.kind == .ambiguous { upload = nil } else { abort() }
      throw error
    }
  }

  private func finish() throws(StoreError) -> Written {
    let rules = store.service.uploads
    if !rules.endsWithLastPart { try flush() }
    let upload = try begun()
    let size = sent + buffer.count
    let last = UploadPart(number: number, offset: sent, total: size)
    let intent = Intent(key: key, condition: condition, size: size, bytes: nil)
    return try store.settled(intent, "complete") { () throws(ServiceError) in
      guard rules.endsWithLastPart else {
        return try store.service.complete(upload, receipts, if: condition)
      }
      let receipt = try store.service.send(last, buffer, of: upload)
      if let written = receipt.written { return written }
      return try store.service.complete(upload, receipts + [receipt], if: condition)
    }
  }

  /// Gives the upload up, as far as that can be done now: what is left is found by
  /// ``CloudStore/removeAbandonedUploads(prefix:olderThan:)``.
  private func abort() {
    guard let upload else { return }
    self.upload = nil
    do throws(ServiceError) { try store.service.abort(upload) } catch {}
  }
}
