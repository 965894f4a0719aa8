public import Basics
import Documents
import ObjectStore

/// The answers of a feed's stages: `runs/<run>/<stage>.json`.
public struct RunLog: Sendable {
  /// The feed's folder.
  public let folder: FeedFolder

  /// The answers in a feed's folder.
  public init(_ folder: FeedFolder) { self.folder = folder }

  /// What a stage answered; nil if it did not.
  public func answer(_ run: String, _ stage: Stage) throws(Failure) -> RunEvent? {
    let path = "runs/\(run)/\(stage.rawValue).json"
    guard let (bytes, _) = try folder.getIfPresent(path) else { return nil }
    return try Documents.decode(RunEvent.self, from: bytes, name: path)
  }

  /// The ids of all runs, in order.
  public func names() throws(Failure) -> [String] {
    var names: [String] = []
    let prefix = "\(folder.feed)/runs/"
    do {
      try folder.store.forEach(prefix: prefix) { (key, _) throws(StoreError) in
        let name = String(key.description.dropFirst(prefix.count).prefix { $0 != "/" })
        if names.last != name { names.append(name) }
      }
    } catch {
      throw folder.failure(error)
    }
    return names
  }

  /// The answer of the last stage that has one.
  public func lastAnswer(_ run: String) throws(Failure) -> RunEvent? {
    for stage in Stage.allCases.reversed() {
      if let event = try answer(run, stage) { return event }
    }
    return nil
  }

  /// Records an answer. If there is one already, that one counts and is returned.
  public func record(_ event: RunEvent) throws(Failure) -> RunEvent {
    let path = "runs/\(event.id).json"
    if try folder.putNew(path, Documents.encode(event)) { return event }
    let bytes = try folder.get(path)
    return try Documents.decode(RunEvent.self, from: bytes, name: path)
  }
}
