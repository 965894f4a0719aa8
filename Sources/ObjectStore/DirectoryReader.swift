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
