import Documents
import StrandlineTesting

/// A proxy that spoils some of what passes: see `Tests/Support/fault_proxy.py`.
struct FaultProxy {
  private let server: Server

  /// - Parameter share: of the requests that are met, of 1.
  init(before cloud: Cloud, seed: Int, share: Double = 0.08) throws {
    server = try .python("fault_proxy.py", [cloud.address, "\(seed)", "\(share)"])
  }

  /// One that takes the beginning of each upload to a path that has a word in it, and then nothing for ever.
  init(before cloud: Cloud, stalling word: String) throws {
    server = try .python("fault_proxy.py", [cloud.address, "1", "0", word])
  }

  var address: String { server.address }

  /// Ends it; what it said.
  func output() throws -> String { try server.end() }

  /// Ends it; tells how many requests there were (`requests`), and how many met which fault.
  func end() throws -> [String: Int] {
    try Documents.decode([String: Int].self, from: Array(server.end().utf8), name: "the proxy's counts")
  }
}
