#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Removes a directory and all that is in it, also what somebody writes into it meanwhile: a lease may be renewed, or handed
/// back, until a process is over. Once the directory itself is gone, nobody who has it open can write there any more.
/// Links are removed, not followed; what may not be removed stays.
public func removeTree(_ path: String) {
  // Each time so many more were written as one writer can in the time of a look.
  for _ in 0..<1000 {
    empty(path)
    if unsafe rmdir(path) == 0 || errno != ENOTEMPTY && errno != EEXIST { return }
  }
}

private func empty(_ path: String) {
  guard let folder = unsafe opendir(path) else { return }
  var names: [String] = []
  while let entry = unsafe readdir(folder) {
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
      unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
    }
    if name != ".", name != ".." { names.append(name) }
  }
  unsafe closedir(folder)
  for name in names {
    let inner = "\(path)/\(name)"
    var status = stat()
    guard unsafe lstat(inner, &status) == 0 else { continue }
    if status.st_mode & S_IFMT == S_IFDIR {
      empty(inner)
      unsafe rmdir(inner)
    } else {
      unsafe unlink(inner)
    }
  }
}
