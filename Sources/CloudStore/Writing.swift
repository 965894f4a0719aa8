import ObjectStore

/// What a write was to bring about, and how it is recognised.
struct Intent {
  let key: ObjectKey
  let condition: WriteCondition
  /// Its length in bytes.
  let size: Int
  /// Its bytes, unless it went in parts: those are not kept.
  let bytes: [UInt8]?
}

extension CloudStore {
  /// Writes an object in one request.
  func put(_ key: ObjectKey, _ bytes: [UInt8], if condition: WriteCondition) throws(StoreError) -> Written {
    let intent = Intent(key: key, condition: condition, size: bytes.count, bytes: bytes)
    return try settled(intent, "put") { () throws(ServiceError) in
      try service.put(key, bytes, if: condition)
    }
  }

  /// Makes the request that makes an object appear, until it is known whether it does.
  ///
  /// After a lost answer the request is simply made again: its condition lets it take place once, and most often it
  /// had not. Only if it is refused then, or is never answered, the object is read.
  func settled(
    _ intent: Intent, _ what: String, _ request: () throws(ServiceError) -> Written
  ) throws(StoreError) -> Written {
    var attempts = Attempts(what, intent.key.description, patience)
    while true {
      do {
        let written = try request()
        time.note(written.storeTime)
        return written
      } catch {
        if attempts.again(after: error) { continue }
        guard attempts.mayHaveLanded else { throw attempts.failure(error) }
        return try readBack(intent, error, attempts)
      }
    }
  }

  private enum Found {
    case nothing
    case same(Written)
    case sameSize(Written)
    case other
  }

  /// Whether the write is there, after its answer was lost.
  ///
  /// Not told as refused: a write that was to replace a version. It may have taken place and have been replaced in
  /// turn, which nobody but the caller can know, who finds its own traces in what is there.
  private func readBack(
    _ intent: Intent, _ error: ServiceError, _ attempts: Attempts
  ) throws(StoreError) -> Written {
    let found: Found
    do { found = try look(intent) } catch {
      throw attempts.ambiguous(
        ServiceError(.failed, error.message), "it could not be read back; read it once the store is back")
    }
    switch (found, intent.condition) {
    case (.same(let written), _): return written
    // The upload is this process's own, so it is gone because it was completed.
    case (.sameSize(let written), .absent) where error.kind == .noSuchUpload,
      (.sameSize(let written), .none) where error.kind == .noSuchUpload:
      return written
    case (.other, .absent):
      throw StoreError(
        .preconditionFailed, key: intent.key.description, "it exists already, with other bytes")
    default: break
    }
    let said =
      switch found {
      case .nothing: "there is nothing now"
      case .sameSize: "there is an object of the same length"
      default: "what is there now is of another write"
      }
    throw attempts.ambiguous(error, said + "; read it and compare")
  }

  private func look(_ intent: Intent) throws(StoreError) -> Found {
    do {
      guard let bytes = intent.bytes else {
        let info = try info(intent.key)
        return info.size == intent.size ? .sameSize(Written(info)) : .other
      }
      let (there, info) = try get(intent.key)
      // Replaced objects never repeat their bytes, so these are this write's, or it does not matter whose.
      return there == bytes ? .same(Written(info)) : .other
    } catch {
      if error.kind == .notFound { return .nothing }
      throw error
    }
  }
}
