import Basics
import Glibc

/// Writes an object into a temporary file, which takes its place on commit and is removed without one.
final class DirectoryWriter: ObjectWriter {
  private static let bufferSize = 512 << 10
  /// After so many bytes the disk is told to begin.
  private static let early = 8 << 20
  private let store: DirectoryStore
  private let own: OwnFiles
  private let key: ObjectKey
  private let condition: WriteCondition
  private let file: Descriptor
  private let name: String
  private var buffer = ByteBuffer()
  private var isOver = false
  private var written = 0
  private var begun = 0
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
  }

  deinit { if !isOver { try? own.temporaries.removeFile(name) } }

  func write(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
    if isOver { throw .committedAlready(key) }
    var rest = unsafe bytes
    // Whole buffers go out, so that the file grows by whole pages.
    while buffer.count + rest.count >= Self.bufferSize {
      let part = Self.bufferSize - buffer.count
      if buffer.count == 0 {
        unsafe try writeOut(UnsafeRawBufferPointer(rebasing: rest[..<part]))
      } else {
        unsafe buffer.append(UnsafeRawBufferPointer(rebasing: rest[..<part]))
        try flush()
      }
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest[part...])
    }
    unsafe buffer.append(rest)
  }

  func copy(from other: ObjectKey, range: Range<Int>) throws(StoreError) {
    if isOver { throw .committedAlready(key) }
    let (file, size) = try open(other)
    guard range.lowerBound >= 0, range.upperBound <= size else {
      throw .outside(range, size: size, key: other)
    }
    // Ranges seldom begin where a page does; then the kernel's own copying (copy_file_range) takes twice as long.
    var position = range.lowerBound
    while position < range.upperBound {
      let copied = try gather(file, other, position, range.upperBound - position)
      if copied == 0 {
        throw StoreError(
          .unavailable, key: other.description,
          "\(store.uri(of: other)) came short: it ends at byte \(position) of \(size); somebody cut it")
      }
      position += copied
    }
  }

  private func open(_ other: ObjectKey) throws(StoreError) -> (file: Descriptor, size: Int) {
    if let source, source.key == other { return (source.file, source.size) }
    let (file, info) = try store.openFile(other)
    source = (other, file, info.size)
    return (file, info.size)
  }

  /// - Returns: how many bytes were appended.
  private func gather(
    _ file: Descriptor, _ other: ObjectKey, _ position: Int, _ count: Int
  ) throws(StoreError) -> Int {
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

  func commit() throws(StoreError) -> Written {
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
      written += bytes.count
      if written - begun >= Self.early {
        file.beginWriting(from: begun, count: written - begun)
        begun = written
      }
    } catch {
      throw StoreError(error, key: key.description, path: store.uri(of: key), doing: "write")
    }
  }
}
