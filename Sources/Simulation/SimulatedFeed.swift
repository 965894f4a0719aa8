import Basics
import FeedFile
import FeedSources
import Hashing
import History
import StrandlineTesting

/// A feed with its source, and the events about it that were sent and may come again.
final class SimulatedFeed {
  /// The feed file as it is now.
  var feed: Feed { files[file].feed }
  /// The name of its settings in the store.
  var settings: String { files[file].settings }
  let name: String
  let source: SimulatedSource
  /// Events that may be delivered: once, twice, late or never.
  var bus: [RunEvent] = []
  /// Triggers that may come again.
  var triggers: [String] = []
  /// Runs that were refused.
  var refused: [String] = []
  /// Which dump a run took, and by which settings.
  var taken: [String: (version: Int, settings: String)] = [:]
  /// By which settings a correction read.
  var corrections: [String: String] = [:]
  /// The feed file as it may be, as people mend it.
  private let files: [(feed: Feed, settings: String)]
  private var file = 0
  private unowned let world: World
  private var lastTag: String?

  init(_ text: String, _ plan: Plan, _ world: World) throws(Failure) {
    self.world = world
    var files: [(feed: Feed, settings: String)] = []
    for file in plan.mends ? Self.mended(text) : [text] {
      let feed = try parse(feedFile: Array(file.utf8), name: "feed.yaml")
      files.append((feed, String(hex(SHA256.digest(feed.canonicalJSON())).prefix(32))))
    }
    self.files = files
    name = files[0].feed.name
    source = SimulatedSource(rows: plan.rows, padding: plan.padding, hasTags: plan.hasTags)
  }

  /// Others of the rows with one key are taken; or nothing changes but the name of the settings, how records are known, or
  /// which files stand beside the pointer.
  private static func mended(_ text: String) -> [String] {
    let last = text + "duplicates: last\n"
    let isOther = text.contains("fingerprint")
    let bare =
      text.contains("publish:")
      ? text.replacing("publish: {", with: "publish: { current: never, lists: never,")
      : text + "publish: { current: never, lists: never }\n"
    return [text, last, last + "columns: { added: all }\n", bare]
      + (isOther ? [] : [text + "fingerprint: sha256\n"])
  }

  /// A person mends the feed file.
  func mend(_ random: inout SplitMix64) {
    file = random.below(files.count)
    world.note("the feed file of \(name) is as its version \(file) now", nil)
  }

  /// Whether by some settings the last of rows with one key is taken.
  func keepsLast(_ settings: String) -> Bool {
    files.first { $0.settings == settings }?.feed.duplicates == .last
  }

  /// Whether by some settings neither `current.jsonl` nor lists stand beside the pointer.
  func isBare(_ settings: String) -> Bool {
    files.first { $0.settings == settings }?.feed.publish.current == .never
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
