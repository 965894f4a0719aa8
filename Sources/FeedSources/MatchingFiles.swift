import Basics
import FeedFile

#if canImport(Glibc)
  @unsafe @preconcurrency import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The files that a pattern matches.
struct MatchingFiles {
  private let pattern: String

  init(_ pattern: String) { self.pattern = pattern }

  /// The dump that some of them are.
  func dump(_ take: Source.Take, _ request: SourceRequest) throws(Failure) -> any SourceBody {
    let paths = try paths()
    func open(_ path: String) throws(Failure) -> any SourceBody {
      try request.dump(of: FileBody(path: path), packing: Packing(name: path))
    }
    switch take {
    case .all:
      return try joined(ListedSeries(paths, open: open), request)
    case .last: return try open(paths[paths.count - 1])
    case .newest:
      // Of files of the same time the last by name.
      let times = paths.map(time)
      let newest = paths.indices.max { (times[$0], $0) < (times[$1], $1) } ?? 0
      return try open(paths[newest])
    }
  }

  /// The files, in the order of their names' bytes; at least one.
  private func paths() throws(Failure) -> [String] {
    var found = unsafe glob_t()
    defer { unsafe globfree(&found) }
    let result = unsafe glob(plainBrackets(pattern), GLOB_NOSORT | GLOB_ERR, nil, &found)
    guard result == 0 || result == GLOB_NOMATCH else {
      throw Failure(.unavailable, "\(pattern): a folder cannot be read: let this user read it")
    }
    var paths: [String] = []
    for index in 0..<(result == 0 ? unsafe Int(found.gl_pathc) : 0) {
      guard let path = unsafe found.gl_pathv[index] else { continue }
      var status = stat()
      guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else { continue }
      unsafe paths.append(String(cString: path))
    }
    guard !paths.isEmpty else {
      throw Failure(
        .unavailable, "no file matches \(pattern): check source.path, or wait until there is one")
    }
    return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private func time(_ path: String) -> Instant {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return Instant(microseconds: .min) }
    return Instant(
      microseconds: Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1000)
  }
}
