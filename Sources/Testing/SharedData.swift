import Glibc

/// The folder of real feeds, `data`, and the oracle beside it. They stand outside of the project.
public enum SharedData {
  /// Where it is; nil if it is nowhere.
  public static let folder: String? = find()

  /// Whether the tests are to run: without the feeds they would say nothing, which CI must not take for success.
  public static var isExpected: Bool { folder != nil || isCI }

  /// Whether this is a run of continuous integration, where nothing may be skipped.
  public static var isCI: Bool { variable("CI") == "true" }

  /// What to do if it is nowhere.
  public static let hint = "no real feeds: set STRANDLINE_SHARED_DATA to the folder shared/data"

  /// Where it is.
  /// - Throws: if it is nowhere.
  public static func require() throws(ChildProcessError) -> String {
    guard let folder else { throw ChildProcessError(description: hint) }
    return folder
  }

  /// The folder of the package.
  public static let package: String = {
    var folder = #filePath
    while !folder.isEmpty, !exists(folder + "/Package.swift") { folder = parent(folder) }
    return folder
  }()

  private static func find() -> String? {
    if let named = variable("STRANDLINE_SHARED_DATA") { return isData(named) ? named : nil }
    var folder = package
    while !folder.isEmpty {
      if isData(folder + "/shared/data") { return folder + "/shared/data" }
      folder = parent(folder)
    }
    return nil
  }

  private static func isData(_ folder: String) -> Bool {
    exists(folder + "/covid/feed.json") && exists(folder + "/../oracle.py")
  }

  private static func parent(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  private static func exists(_ path: String) -> Bool { unsafe access(path, R_OK) == 0 }

  private static func variable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
  }
}
