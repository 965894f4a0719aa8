import Basics
import FeedFile
import Glibc

/// The file that a run's functions write their standard error to.
struct LogFile {
  private static let kept = 200

  let folder: String
  let path: String
  let file: Int32

  /// Opens `<folder>/<feed>/<start>.log` and leaves only the last 200 of the feed.
  init(folder: String, feed: String, start: Instant) throws(Failure) {
    self.folder = "\(folder)/\(feed)"
    let folder = self.folder
    try makeFolder(folder)
    path = "\(folder)/\(start.compact).log"
    file = unsafe open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw Failure(.settings, "\(path) cannot be written: \(systemMessage())") }
    let logs = names(inFolder: folder).filter(Self.isLog)
    for name in logs.dropLast(Self.kept) { unsafe unlink("\(folder)/\(name)") }
  }

  /// `20261121T071800Z.log`: nothing else in the folder is touched.
  private static func isLog(_ name: String) -> Bool {
    name.hasSuffix("Z.log") && Instant(String(name.dropLast(4))) != nil
  }

  /// How long it is now.
  var size: Int { max(0, Int(lseek(file, 0, SEEK_END))) }

  /// The last line from `offset` on that is not blank; of a JSON line its message.
  func lastLine(from offset: Int) -> String? {
    let start = max(offset, size - 8192)
    guard let bytes = contents(of: file, from: start) else { return nil }
    let line = bytes.split(separator: UInt8(ascii: "\n")).last { line in
      line.contains { $0 > UInt8(ascii: " ") }
    }
    guard let line else { return nil }
    let isJSON = line.first == UInt8(ascii: "{")
    let message = isJSON ? (try? Node(reading: Array(line), name: "log"))?["message"]?.text : nil
    let text = message ?? String(decoding: line, as: UTF8.self)
    return String(text.unicodeScalars.map { $0.value < 0x20 ? " " : Character($0) }.prefix(400))
  }

  /// Adds a line of the runner's own.
  func add(_ line: String) { _ = write(Array("local-runner: \(line)\n".utf8), to: file) }

  func close() { _ = Glibc.close(file) }
}
