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
    return try Self.decode(bytes, run, stage)
  }

  /// An answer from its bytes.
  /// - Throws: ``Failure/Kind/badData`` if they are not those that were written, or another answer's.
  public static func decode(_ bytes: [UInt8], _ run: String, _ stage: Stage) throws(Failure) -> RunEvent {
    let path = "runs/\(run)/\(stage.rawValue).json"
    let event = try Documents.decodeSealed(RunEvent.self, from: bytes, name: path)
    guard event.id == "\(run)/\(stage.rawValue)" else {
      throw Failure(.badData, "\(path) is damaged: it is the answer \(event.id)")
    }
    return event
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
    if try folder.putNew(path, Documents.sealed(event)) { return event }
    return try Documents.decodeSealed(RunEvent.self, from: folder.get(path), name: path)
  }
}
