import Documents
import Glibc
import StrandlineTesting
import Testing

/// The tests of the functions as processes on stores of the cloud.
@Suite struct CloudTests {}

extension Bench {
  /// A bench whose store is in a cloud.
  /// - Parameters:
  ///   - place: the store, as people name it.
  ///   - settings: the feed file without its store.
  ///   - address: where the cloud is asked, if not at its own address.
  convenience init(
    _ cloud: Cloud, _ place: String,
    settings: String = "feed: cases\nsource: { path: cases.csv }\nkey: [id]\n",
    at address: String? = nil, environment: [String: String] = [:]
  ) throws {
    try self.init(
      feed: "store: \(place)\n" + settings,
      environment: cloud.variables(at: address).merging(environment) { $1 })
  }
}

/// A store as it is, without anything in between: for tests to look into it.
struct CloudStorage {
  let cloud: Cloud
  let place: String

  /// Runs `StoreRace COMMAND` on it.
  func race(_ command: String, _ arguments: String...) throws -> ChildProcess.Outcome {
    try runProcess(
      builtExecutable("StoreRace"), [command, place] + arguments, environment: cloud.variables(),
      timeLimit: 300)
  }

  /// An object's bytes; nil if there is none.
  func get(_ key: String) throws -> [UInt8]? {
    let outcome = try race("get", key)
    if outcome.status == 0 { return Array(outcome.output.dropLast()) }
    try #require(
      outcome.outputText.hasPrefix("notFound"),
      "\(place)/\(key): \(outcome.outputText)\(outcome.errorText)")
    return nil
  }

  func put(_ key: String, _ text: String) throws {
    let outcome = try race("put", key, text)
    try #require(outcome.status == 0, "\(outcome.outputText)\(outcome.errorText)")
  }

  /// What readers go through; nil if nothing is published.
  func pointer(feed: String = "cases") throws -> PointerFile? {
    try get("\(feed)/published/pointer.json").map {
      try Documents.decode(PointerFile.self, from: $0, name: "the pointer")
    }
  }
}
