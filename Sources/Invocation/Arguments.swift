public import ArgumentParser
public import Basics
import Documents
import History
public import Stages

extension Instant: ExpressibleByArgument {
  /// Reads a time as people write it.
  public init?(argument: String) { self.init(argument) }
}

extension Call {
  /// Where secrets come from.
  public var randomness: any Randomness { SystemRandomness() }

  /// Reads a time, or `now`, which is the store's.
  public func time(_ text: String, _ context: StageContext) throws(Failure) -> Instant {
    if text == "now" {
      let now = try context.folder.now()
      // A store may tell time by the second: of two runs within one the later is valid from a little after it.
      guard let newest = try Timeline(context.folder).newest()?.head else { return now }
      return max(now, newest.validFrom, newest.recordedAt)
    }
    guard let time = Instant(text) else {
      throw Failure(
        .usage, "\"\(text)\" is no time: give one such as 2026-11-21T07:00:00Z, 2026-11-21, or now")
    }
    return time
  }

  /// The source and id of the CloudEvent that asked for a run.
  public func trigger(_ path: String) throws(Failure) -> (source: String, id: String) {
    struct Trigger: Decodable {
      var id: String
      var source: String
    }
    let bytes = try SmallFile.contents(path, for: "event")
    guard bytes.contains(where: { $0 > 0x20 }) else {
      throw Failure(.usage, "the event that asks for the run is empty: give a CloudEvent in JSON, or none")
    }
    let trigger = try Documents.decode(Trigger.self, from: bytes, name: path == "-" ? "the event" : path)
    return (trigger.source, trigger.id)
  }
}
