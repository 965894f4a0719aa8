import ObjectStore

/// Does something once, before a commit of a chosen object: as if the process had slept there.
final class Interposed: StoreInFront {
  @safe nonisolated(unsafe) var action: () -> Void = {}
  @safe nonisolated(unsafe) private(set) var fired = false
  let base: any ObjectStore
  private let isChosen: @Sendable (String) -> Bool

  init(_ store: any ObjectStore, _ isChosen: @escaping @Sendable (String) -> Bool) {
    base = store
    self.isChosen = isChosen
  }

  func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    CommitInFront(try base.create(key, if: condition)) { [self] (writer) throws(StoreError) in
      if !fired, isChosen(key.description) {
        fired = true
        action()
      }
      return try writer.commit()
    }
  }
}

/// A store in which some objects may not be written or removed.
struct Denying: StoreInFront {
  let base: any ObjectStore
  private let writing: @Sendable (String) -> Bool
  private let deleting: @Sendable (String) -> Bool

  init(
    _ store: any ObjectStore, writing: @escaping @Sendable (String) -> Bool = { _ in false },
    deleting: @escaping @Sendable (String) -> Bool = { _ in false }
  ) {
    base = store
    (self.writing, self.deleting) = (writing, deleting)
  }

  func create(_ key: ObjectKey, if condition: WriteCondition) throws(StoreError) -> any ObjectWriter {
    if writing(key.description) { throw StoreError(.denied, key: key.description, "no right to write") }
    return try base.create(key, if: condition)
  }

  func delete(_ key: ObjectKey, ifVersion version: String?) throws(StoreError) {
    if deleting(key.description) { throw StoreError(.denied, key: key.description, "no right to delete") }
    try base.delete(key, ifVersion: version)
  }
}
