import Glibc

/// An empty folder that is removed, with all that is in it, when it is dropped.
public final class TemporaryFolder: Sendable {
  /// Its absolute path.
  public let path: String

  /// Makes one, in TMPDIR or `/tmp`, that other users may enter.
  public init() throws(ChildProcessError) {
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/strandline-test-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else {
      throw ChildProcessError(
        description: "cannot make a folder in \(parent): set TMPDIR to one that can be written")
    }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    unsafe chmod(path, 0o755)
  }

  deinit { _ = try? runProcess("rm", ["-rf", "--", path]) }

  /// The names in one of its folders, sorted.
  public func names(_ folder: String = ".") throws(ChildProcessError) -> [String] {
    let listed = try runProcess("ls", ["-A", path + "/" + folder], environment: ["LC_ALL": "C"])
    guard listed.status == 0 else { throw ChildProcessError(description: listed.errorText) }
    return listed.outputText.split(separator: "\n").map(String.init)
  }
}
