import Basics
import Glibc

/// The functions of a run, in order, and where they are.
struct Functions {
  static let names = ["fetch", "dedupe", "snapshot", "publish"]
  let folder: String

  /// The command line of a function.
  func call(_ stage: Int, _ schedule: Schedule, _ settings: Runner.Settings) -> [String] {
    ["\(folder)/\(Self.names[stage])"] + (stage == 0 ? ["--feed", schedule.file] : [])
      + (stage == 0 && settings.triesAgain ? ["--try-again"] : []) + (settings.isDry ? ["--dry-run"] : [])
  }

  /// Looks in `$STRANDLINE_BIN`, else beside this program.
  static func find() throws(Failure) -> Functions {
    let set = unsafe getenv("STRANDLINE_BIN").map { unsafe String(cString: $0) } ?? ""
    let folder = set.isEmpty ? ownFolder() : set
    let missing = names.filter { unsafe access("\(folder)/\($0)", X_OK) != 0 }
    guard missing.isEmpty else {
      throw Failure(
        .settings,
        "no executable \(missing.joined(separator: ", ")) in \(folder): build with swift build -c release, or set"
          + " STRANDLINE_BIN to the folder that holds the functions")
    }
    return Functions(folder: folder)
  }

  private static func ownFolder() -> String {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink("/proc/self/exe", &path, path.count)
    let file = String(decoding: path.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    return file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
  }
}
