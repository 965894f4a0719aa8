import Documents
import StrandlineTesting

/// A proxy that spoils some of what passes: see `Tests/Support/fault_proxy.py`.
struct FaultProxy {
  private let server: Server

  /// - Parameter share: of the requests that are met, of 1.
  init(before cloud: Cloud, seed: Int, share: Double = 0.08) throws {
    server = try .python("fault_proxy.py", [cloud.address, "\(seed)", "\(share)"])
  }

  var address: String { server.address }

  /// Ends it; tells how many requests there were (`requests`), and how many met which fault.
  func end() throws -> [String: Int] {
    try Documents.decode([String: Int].self, from: Array(server.end().utf8), name: "the proxy's counts")
  }
}
