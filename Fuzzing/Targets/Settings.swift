import Basics
import FeedFile

extension FuzzTarget {
  static let settings = [FuzzTarget(name: "feed", longest: 8192, check: feed)]

  /// A feed file is refused as wrong settings, or means the same when it is written out and read again.
  private static func feed(_ input: [UInt8]) throws {
    let feed: Feed
    do throws(Failure) { feed = try parse(feedFile: input, name: "feed.yaml") } catch {
      return try require(
        error.kind == .settings && error.message.hasPrefix("feed.yaml"), "refused as \(error.kind): \(error)")
    }
    let written = feed.canonicalJSON()
    var again = try Feed(canonicalJSON: written)
    try require(again.canonicalJSON() == written, "\(shown(again.canonicalJSON())) is not \(shown(written))")
    // Where history is kept is not a part of it.
    again.store = feed.store
    try require(again == feed, "\(again) is not \(feed)")
    try require(again.readingJSON() == feed.readingJSON(), "it is read differently")
  }
}
