import ObjectStore

/// Where ranges cannot be copied, an object that is the whole of another one can be all the same.
extension CloudWriter {
  /// Takes note of a copy of a whole object, if it is the first thing that is written: what comes next decides.
  func isWhole(_ other: ObjectKey, _ range: Range<Int>) throws(StoreError) -> Bool {
    guard store.service.uploads.rewrites, isEmpty, range.lowerBound == 0, !range.isEmpty else { return false }
    let size = try store.info(other).size
    guard range.upperBound <= size else { throw .outside(range, size: size, key: other) }
    guard range.upperBound == size else { return false }
    whole = (other, size)
    return true
  }

  /// Something else comes after what was taken for the whole: its bytes have to pass through this process.
  func readWhole() throws(StoreError) {
    guard let (key, size) = whole else { return }
    whole = nil
    do throws(StoreError) { try copyByReading(key, 0..<size) } catch { throw fail(error) }
  }

  /// Makes the copy, if it is all that this object is; nil if it is not.
  func rewritten(_ key: ObjectKey, _ condition: WriteCondition) throws(StoreError) -> Written? {
    guard let (source, size) = whole else { return nil }
    let intent = Intent(key: key, condition: condition, size: size, bytes: nil)
    return try store.settled(intent, "copy") { () throws(ServiceError) in
      try store.service.rewrite(key, from: source, if: condition)
    }
  }
}
