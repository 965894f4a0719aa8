import Basics
import Glibc

/// Writes an object into a temporary file, which takes its place on commit and is removed without one.
final class DirectoryWriter: ObjectWriter {
  private static let bufferSize = 256 << 10
  private static let leastCopy = 32 << 10
  private let store: DirectoryStore
  private let own: OwnFiles
  private let key: ObjectKey
  private let condition: WriteCondition
  private let file: Descriptor
  private let name: String
  private var buffer = ByteBuffer()
  private var isOver = false
  private var copiesInKernel: Bool
  /// What was last copied from: one object is mostly copied from in many ranges.
  private var source: (key: ObjectKey, file: Descriptor, size: Int)?

  init(
    store: DirectoryStore, own: OwnFiles, key: ObjectKey, condition: WriteCondition
  ) throws(StoreError) {
    do {
      (file, name) = try own.makeTemporary()
    } catch {
      throw StoreError(
        error, key: key.description, path: "\(store.rootPath)/\(OwnFiles.name)/tmp", doing: "create a file in"
      )
    }
    self.store = store
    self.own = own
    self.key = key
    self.condition = condition
    copiesInKernel = store.copiesInKernel
  }

  deinit { if !isOver { try? own.temporaries.removeFile(name) } }

  func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
    if isOver { throw .committedAlready(key) }
    if buffer.count + bytes.count > Self.bufferSize { try flush() }
    if bytes.count < Self.bufferSize {
      unsafe buffer.append(bytes)
    } else {
      unsafe try writeOut(bytes)
    }
  }

  func copy(from other: ObjectKey, range: Range<Int>) throws(StoreError) {
    if isOver { throw .committedAlready(key) }
    let (file, size) = try open(other)
    guard range.lowerBound >= 0, range.upperBound <= size else {
      throw .outside(range, size: size, key: other)
    }
    var position = range.lowerBound
    while position < range.upperBound {
      let rest = range.upperBound - position
      // A short range is cheaper to read than to write out for what was gathered before it.
      let copied =
        rest < Self.leastCopy || !copiesInKernel
        ? try gather(file, other, position, rest) : try copyInKernel(file, position, rest)
      if copied == 0 {
        throw StoreError(
          .unavailable, key: other.description,
          "\(store.uri(of: other)) came short: it ends at byte \(position) of \(size); somebody cut it")
      }
      position += copied ?? 0
    }
  }

  private func open(_ other: ObjectKey) throws(StoreError) -> (file: Descriptor, size: Int) {
    if let source, source.key == other { return (source.file, source.size) }
    let (file, info) = try store.openFile(other)
    source = (other, file, info.size)
    return (file, info.size)
  }

  /// - Returns: how many bytes were appended; nil if it cannot be done here.
  private func copyInKernel(_ file: Descriptor, _ position: Int, _ count: Int) throws(StoreError) -> Int? {
    try flush()
    do {
      return try self.file.appendCopy(of: file, from: position, count: count)
    } catch {
      // Other file systems, old kernels, and mounts that know nothing of it.
      if [EXDEV, ENOSYS, EINVAL, EOPNOTSUPP].contains(error.code) {
        copiesInKernel = false
        return nil
      }
      throw StoreError(error, key: key.description, path: store.uri(of: key), doing: "write")
    }
  }

  /// - Returns: how many bytes were appended.
  private func gather(
    _ file: Descriptor, _ other: ObjectKey, _ position: Int, _ count: Int
  ) throws(StoreError) -> Int? {
    if buffer.count == Self.bufferSize { try flush() }
    do {
      return unsafe try buffer.append(atMost: min(count, Self.bufferSize - buffer.count)) {
        (room) throws(SystemError) in
        unsafe try file.read(into: room, at: position)
      }
    } catch {
      throw StoreError(error, key: other.description, path: store.uri(of: other), doing: "read")
    }
  }

  func commit() throws(StoreError) -> ObjectInfo {
    if isOver { throw .committedAlready(key) }
    isOver = true
    do {
      try flush()
      return try store.replaceDurably(key, by: file, named: name, if: condition, own)
    } catch {
      // Gone already if the rename took place.
      try? own.temporaries.removeFile(name)
      throw error
    }
  }

  private func flush() throws(StoreError) {
    unsafe try writeOut(buffer.bytes)
    buffer.truncate()
  }

  private func writeOut(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
    do {
      unsafe try file.write(bytes)
    } catch {
      throw StoreError(error, key: key.description, path: store.uri(of: key), doing: "write")
    }
  }
}
