import Basics
import Glibc

/// What errno says.
func systemMessage(_ code: Int32 = errno) -> String { unsafe String(cString: strerror(code)) }

/// All that a file holds.
func contents(ofFile path: String) throws(Failure) -> [UInt8] {
  let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw Failure(.settings, "\(path) cannot be read: \(systemMessage())") }
  defer { close(file) }
  guard let bytes = contents(of: file) else {
    throw Failure(.settings, "\(path) cannot be read: \(systemMessage())")
  }
  return bytes
}

/// What an open file holds from `offset` on, up to `limit` bytes; nil if it cannot be read.
func contents(of file: Int32, from offset: Int = 0, limit: Int = 4 << 20) -> [UInt8]? {
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65536)
  while bytes.count < limit {
    let count = unsafe chunk.withUnsafeMutableBytes {
      unsafe pread(file, $0.baseAddress, $0.count, off_t(offset + bytes.count))
    }
    if count < 0, errno == EINTR { continue }
    if count < 0 { return nil }
    if count == 0 { break }
    bytes += chunk.prefix(count)
  }
  return bytes
}

/// Writes all of it; false if that fails.
func write(_ bytes: [UInt8], to file: Int32) -> Bool {
  var done = 0
  while done < bytes.count {
    let count = unsafe bytes[done...].withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { continue }
    if count < 0 { return false }
    done += count
  }
  return true
}

/// Makes a folder and those above it.
func makeFolder(_ path: String) throws(Failure) {
  var prefix = path.hasPrefix("/") ? "/" : ""
  for part in path.split(separator: "/") {
    prefix += prefix.isEmpty || prefix == "/" ? String(part) : "/\(part)"
    guard unsafe mkdir(prefix, 0o755) == 0 || errno == EEXIST else {
      throw Failure(.settings, "the folder \(prefix) cannot be made: \(systemMessage())")
    }
  }
}

/// The names in a folder, sorted.
func names(inFolder path: String) -> [String] {
  guard let folder = unsafe opendir(path) else { return [] }
  defer { unsafe closedir(folder) }
  var names: [String] = []
  while let entry = unsafe readdir(folder) {
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
      unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
    }
    names.append(name)
  }
  return names.sorted()
}
