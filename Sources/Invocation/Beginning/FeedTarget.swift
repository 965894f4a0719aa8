import Basics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where a feed file is going to be. Paths in it are relative to its folder.
struct FeedTarget {
  /// The file; nil: standard output.
  let file: String?
  private let mayReplace: Bool

  /// The folder that the feed file is in; of standard output the one where this is.
  let folder: String

  /// - Throws: ``Failure/Kind/usage`` if the file is there and may not be replaced, ``Failure/Kind/settings`` if its folder
  ///   is not there.
  init(_ file: String?, mayReplace: Bool) throws(Failure) {
    let file = file == "-" ? nil : file
    self.file = file
    self.mayReplace = mayReplace
    let parent = file.flatMap { file in file.lastIndex(of: "/").map { String(file[..<$0]) } } ?? "."
    folder = parent.isEmpty ? "/" : parent
    guard let file else { return }
    if unsafe access(file, F_OK) == 0, !mayReplace {
      throw Failure(.usage, "\(file) is there already: give another --output, or --force to replace it")
    }
    guard unsafe access(folder, W_OK) == 0 else {
      throw Failure(
        .settings, "--output \(file): its folder: \(unsafe String(cString: strerror(errno)))")
    }
  }

  /// A path or a URL, as the feed file names it.
  func path(to place: String) -> String {
    if place.contains("://") || place.hasPrefix("/") || folder == "." { return place }
    let slash = place.lastIndex(of: "/")
    let parent = slash.map { String(place[..<$0]) } ?? "."
    let name = slash.map { String(place[place.index(after: $0)...]) } ?? place
    guard let from = Self.real(folder), let here = Self.real(".") else { return place }
    // A folder that is not there yet, such as a store's.
    let to = Self.real(parent) ?? (here + ["."] + parent.split(separator: "/").map(String.init))
    let common = zip(from, to).prefix { $0 == $1 }.count
    let up = [String](repeating: "..", count: from.count - common)
    return (up + to[common...].filter { $0 != "." } + [name]).joined(separator: "/")
  }

  private static func real(_ path: String) -> [String]? {
    guard let found = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(found) }
    return unsafe String(cString: found).split(separator: "/").map(String.init)
  }

  /// Writes the feed file, all at once.
  func write(_ text: String, _ call: Call) throws(Failure) {
    guard let file else {
      call.output.endsWithReader = false
      try call.output.write(text)
      return try call.output.flush()
    }
    // What is replaced is replaced at once; where nothing is, somebody else may be faster.
    var template = Array("\(file)\(mayReplace ? ".XXXXXX" : "")".utf8CString)
    let descriptor =
      mayReplace
      ? unsafe mkstemp(&template) : unsafe open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw problem(file) }
    let written = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    do throws(Failure) {
      try put(text, into: descriptor, file)
      if mayReplace, unsafe rename(written, file) != 0 { throw problem(file) }
    } catch {
      unsafe unlink(written)
      throw error
    }
  }

  private func put(_ text: String, into descriptor: Int32, _ file: String) throws(Failure) {
    let bytes = Array(text.utf8)
    let count = unsafe bytes.withUnsafeBytes { unsafe systemWrite(descriptor, $0) }
    let mask = umask(0)
    umask(mask)
    let isWhole = count == bytes.count && fchmod(descriptor, 0o666 & ~mask) == 0
    guard close(descriptor) == 0, isWhole else { throw problem(file) }
  }

  private func problem(_ file: String) -> Failure {
    Failure(.settings, "--output \(file): \(unsafe String(cString: strerror(errno)))")
  }
}
