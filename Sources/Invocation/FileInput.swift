public import Basics
public import Dedupe
public import FeedFile
import FeedSources

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Call {
  /// A dump to be read in any order: a file as it is; what is packed, piped or converted goes to a temporary
  /// file first, which is gone when the process is.
  public func input(_ path: String, like feed: Feed) throws(Failure) -> any DumpFile {
    let request = try request(for: path, like: feed)
    if path != "-", try sources.isDump(request) {
      let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
      var status = stat()
      if file >= 0, unsafe fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
        return OpenFile(file, name: path)
      }
      if file >= 0 { close(file) }
    }
    guard case .body(let body) = try sources.open(request) else {
      throw Failure(.software, "a file that says it is unchanged")
    }
    let spool = try OpenFile.temporary(for: path)
    _ = try spool.append(all: body)
    return spool
  }
}
