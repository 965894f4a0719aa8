public import Basics
public import ObjectStore

/// Shows that a store honours conditional writes: without them two runs could each believe that they moved the head,
/// and history would be lost in silence.
///
/// Some imitations of S3 take the headers and ignore them. Costs eight requests, so it is for a feed's first
/// run, when there is no lock yet; the answer is left in the store for all other feeds.
public enum StoreProbe {
  /// Where the answer is. No feed's name begins with a dot.
  public static let answer = ".probe/conditional-writes.json"
  private static let shown = "\"create_only\":true,\"compare_and_swap\":true"

  /// Probes a store unless its answer of an earlier time is there, and leaves the answer.
  /// - Throws: ``StoreError/Kind/denied`` if the store must not be used, with the reason.
  public static func ensure(_ store: any ObjectStore, randomness: any Randomness) throws(StoreError) {
    let key = try ObjectKey(answer)
    if let known = try store.getIfPresent(key), String(decoding: known.bytes, as: UTF8.self).contains(shown) {
      return
    }
    let time = try run(store, randomness: randomness)
    let text = "{\"format\":1,\"shown_at\":\"\(time)\",\(shown)}\n"
    do { try store.put(key, Array(text.utf8), if: .none) } catch {
      // It is only remembered to save requests: whoever wrote at the same time wrote the same.
      if error.kind == .denied { throw error }
    }
  }

  /// Probes a store, whatever is known of it.
  /// - Returns: the store's time.
  /// - Throws: ``StoreError/Kind/denied`` if the store must not be used, with the reason.
  @discardableResult
  public static func run(_ store: any ObjectStore, randomness: any Randomness) throws(StoreError) -> Instant {
    // A name that nobody else has, and bytes that never repeat.
    let name = randomness.name(bytes: 16)
    let key = try ObjectKey(".probe/\(name)")
    do {
      let time = try probe(store, key, name)
      try remove(store, key)
      return time
    } catch {
      do { try store.delete(key, ifVersion: nil) } catch {}
      throw error
    }
  }

  private static func probe(
    _ store: any ObjectStore, _ key: ObjectKey, _ name: String
  ) throws(StoreError) -> Instant {
    let first = try write(
      store, key, "first \(name)", .absent, "refuses to create an object that is not there")
    try refuse(store, key, "second \(name)", .absent, instead: "first \(name)", "create-only")
    let third = try write(
      store, key, "third \(name)", .version(first.version), "refuses to replace the version that is there")
    try refuse(
      store, key, "fourth \(name)", .version(first.version), instead: "third \(name)", "compare-and-swap")
    return third.storeTime
  }

  /// A write whose condition holds.
  private static func write(
    _ store: any ObjectStore, _ key: ObjectKey, _ text: String, _ condition: WriteCondition, _ wrong: String
  ) throws(StoreError) -> Written {
    do { return try store.put(key, Array(text.utf8), if: condition) } catch {
      switch error.kind {
      case .preconditionFailed:
        // What stands in between may have sent it twice, and passed on the second answer.
        if let there = try landed(store, key, text) { return there }
        throw unusable(store, key, "it \(wrong) (\(error.message))")
      case .ambiguous:
        if let there = try landed(store, key, text) { return there }
        throw StoreError(.unavailable, key: key.description, error.message)
      default: throw error
      }
    }
  }

  /// What is known of a write that took place all the same; nil if it did not.
  private static func landed(
    _ store: any ObjectStore, _ key: ObjectKey, _ text: String
  ) throws(StoreError) -> Written? {
    guard let there = try store.getIfPresent(key), there.bytes == Array(text.utf8) else { return nil }
    return Written(there.info)
  }

  /// A write whose condition does not hold.
  private static func refuse(
    _ store: any ObjectStore, _ key: ObjectKey, _ text: String, _ condition: WriteCondition,
    instead there: String, _ what: String
  ) throws(StoreError) {
    do { try store.put(key, Array(text.utf8), if: condition) } catch {
      if error.kind == .preconditionFailed { return }
      // Nobody else has this name, so what is there tells.
      guard error.kind == .ambiguous else { throw error }
      if try store.get(key).bytes == Array(there.utf8) { return }
    }
    throw unusable(store, key, "it ignores the condition of a write (\(what))")
  }

  private static func remove(_ store: any ObjectStore, _ key: ObjectKey) throws(StoreError) {
    do { try store.delete(key, ifVersion: nil) } catch {
      // What matters was shown; an object of a few bytes may stay.
      if error.kind == .denied {
        throw StoreError(.denied, key: key.description, "objects cannot be deleted: \(error.message)")
      }
    }
  }

  private static func unusable(_ store: any ObjectStore, _ key: ObjectKey, _ why: String) -> StoreError {
    StoreError(
      .denied, key: key.description,
      "\(store.location) must not be used as a store: \(why), so two runs at once could lose history. "
        + "Use a store that honours If-None-Match and If-Match, or generations")
  }
}
