import Basics
import FeedFile
import FeedSources
import History
import StrandlineTesting

/// A feed with its source, and the events about it that were sent and may come again.
final class SimulatedFeed {
  let feed: Feed
  let source: SimulatedSource
  /// Events that may be delivered: once, twice, late or never.
  var bus: [RunEvent] = []
  /// Triggers that may come again.
  var triggers: [String] = []
  /// Runs that were refused.
  var refused: [String] = []
  /// Which dump a run took.
  var taken: [String: Int] = [:]
  var name: String { feed.name }
  private unowned let world: World
  private var lastTag: String?

  init(_ feed: Feed, _ plan: Plan, _ world: World) {
    self.feed = feed
    self.world = world
    source = SimulatedSource(rows: plan.rows, padding: plan.padding, hasTags: plan.hasTags)
  }

  /// A process asks the source.
  func open(
    _ request: SourceRequest, by process: Process, _ random: inout SplitMix64, failsOneIn: Int
  ) throws(Failure) -> Opened {
    let version = source.versions[source.current]
    if failsOneIn > 0, random.oneIn(failsOneIn) {
      world.note("the source does not answer", process)
      throw Failure(.unavailable, "the source does not answer")
    }
    let known = world.bent?.tag == true ? lastTag : request.etag
    if source.hasTags, known == version.tag {
      world.note("the source has nothing new", process)
      return .unchanged(etag: known, lastModified: nil)
    }
    lastTag = version.tag
    process.given = source.current
    world.note("the source gives dump \(source.current), \(version.bytes.count) bytes", process)
    let breaksOff = failsOneIn > 0 && random.oneIn(failsOneIn)
    return .body(
      SimulatedBody(version.bytes, etag: source.hasTags ? version.tag : nil, breaksOff: breaksOff))
  }
}
