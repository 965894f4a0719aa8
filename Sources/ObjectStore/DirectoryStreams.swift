import Basics
import Glibc

/// Reads one version of an object: the open file stays what it is when another takes its name.
final class DirectoryReader: ObjectReader {
  let info: ObjectInfo
  private let file: Descriptor
  private var rest: Range<Int>
  private let key: ObjectKey
  private let path: String

  init(file: Descriptor, info: ObjectInfo, range: Range<Int>, key: ObjectKey, path: String) {
    self.file = file
    self.info = info
    self.rest = range
    self.key = key
    self.path = path
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
    let wanted = min(buffer.count, rest.count)
    if wanted == 0 { return 0 }
    let read: Int
    do {
      let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
      read = unsafe try file.read(into: room, at: rest.lowerBound)
    } catch {
      throw StoreError(error, key: key.description, path: path, doing: "read")
    }
    if read == 0 {
      throw StoreError(
        .unavailable, key: key.description,
        "\(path) came short: it ends at byte \(rest.lowerBound) of \(info.size); somebody cut it")
    }
    rest = rest.lowerBound + read..<rest.upperBound
    return read
  }

  func move(to range: Range<Int>) throws(StoreError) {
    guard range.lowerBound >= 0, range.upperBound <= info.size else {
      throw .outside(range, size: info.size, key: key)
    }
    rest = range
  }
}

/// Writes an object into a temporary file, which takes its place on commit and is removed without one.
final class DirectoryWriter: ObjectWriter {
  private static let bufferSize = 256 << 10
  private let store: DirectoryStore
  private let own: OwnFiles
  private let key: ObjectKey
  private let condition: WriteCondition
  private let file: Descriptor
  private let name: String
  private var buffer = ByteBuffer()
  private var isOver = false

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
    if buffer.count + bytes.count > Self.bufferSize { try flush() }
    if bytes.count < Self.bufferSize {
      unsafe buffer.append(bytes)
    } else {
      unsafe try writeOut(bytes)
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
