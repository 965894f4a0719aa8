public import ObjectStore

extension CloudStore {
  /// Where the service cannot judge a version or does not tell that there was nothing, the object is looked at
  /// first. Between the look and the removal another may write: such a delete is only for what nobody replaces,
  /// and for clean-ups under the lock.
  public func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    let judged = version != nil && service.deletesByVersion
    if !judged, version != nil || !service.tellsAbsence {
      let found = try info(key).version
      if let version, found != version { throw .refused(key, wanted: .version(version), found: found) }
    }
    var attempts = Attempts("delete", key.description, patience)
    while true {
      do { return try service.delete(key, ifVersion: judged ? version : nil) } catch {
        if attempts.again(after: error) { continue }
        try settle(key, error, attempts, judged)
        return
      }
    }
  }

  /// What a delete came to that was not simply done. Returns if the object is gone by it.
  private func settle(
    _ key: ObjectKey, _ error: ServiceError, _ attempts: Attempts, _ judged: Bool
  ) throws(StoreError) {
    switch error.kind {
    case .notFound:
      // It was this delete's own earlier try that removed it.
      if attempts.mayHaveLanded { return }
      throw .absent(key)
    case .preconditionFailed:
      // Of another version or gone: services say the same of both.
      guard judged, try isGone(key) else { throw attempts.failure(error) }
      if !attempts.mayHaveLanded { throw .absent(key) }
    default:
      guard attempts.mayHaveLanded else { throw attempts.failure(error) }
      guard (try? isGone(key)) == true else {
        throw attempts.ambiguous(error, "look whether the object is still there")
      }
    }
  }

  private func isGone(_ key: ObjectKey) throws(StoreError) -> Bool {
    do { _ = try info(key) } catch {
      if error.kind == .notFound { return true }
      throw error
    }
    return false
  }
}
