import Basics
import Glibc

/// Where the functions of a dry run keep what they would have written, so that the next one finds it.
struct Overlay {
  private static let variable = "STRANDLINE_OVERLAY"
  private let path: String?

  /// Makes a directory and names it to the functions, unless the caller did.
  init() throws(Failure) {
    if let named = unsafe getenv(Self.variable), unsafe named.pointee != 0 {
      path = nil
      return
    }
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/strandline-dry-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else {
      throw Failure(.unavailable, "a directory for the dry run in \(parent): \(systemMessage()); set TMPDIR")
    }
    let made = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    unsafe setenv(Self.variable, made, 1)
    path = made
  }

  /// Throws it away.
  func remove() { if let path { removeFolder(path) } }
}

/// Removes a folder and all that is in it; links are removed, not followed.
private func removeFolder(_ path: String) {
  for name in names(inFolder: path) where name != "." && name != ".." {
    let inner = "\(path)/\(name)"
    var status = stat()
    guard unsafe lstat(inner, &status) == 0 else { continue }
    if status.st_mode & S_IFMT == S_IFDIR { removeFolder(inner) } else { unsafe unlink(inner) }
  }
  unsafe rmdir(path)
}
