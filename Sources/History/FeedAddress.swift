/// By which flags a person's call is about a feed and its history, as the function that began the run was told: for the
/// commands that messages propose.
public struct FeedAddress: Codable, Hashable, Sendable {
  /// The feed file: an absolute path or a URL.
  public var feed: String?
  /// Where history is, an absolute path or a URL; nil if the feed file says so.
  public var store: String?

  /// Puts the two together; nothing is known without.
  public init(feed: String? = nil, store: String? = nil) {
    // What is signed or has a password in it is not written anywhere.
    self.feed = feed.flatMap { $0.contains("://") && $0.contains(where: { "?@".contains($0) }) ? nil : $0 }
    self.store = store
  }

  /// Whether anything is.
  public var isKnown: Bool { feed != nil || store != nil }

  /// The flags as a shell takes them, after a space; empty if nothing is known.
  private var flags: String {
    [("--feed", feed), ("--store", store)].reduce(into: "") { text, flag in
      if let value = flag.1 { text += " \(flag.0) \(Self.quoted(value))" }
    }
  }

  /// A text as one word of a shell.
  public static func quoted(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0) || "/._-:+,@%=".unicodeScalars.contains($0)
    }
    return isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }

  /// Goes on with a run at a stage.
  public func goOn(_ run: String, from stage: String) -> String {
    let later = Stage.allCases.drop { $0.rawValue != stage }.dropFirst().map { " | \($0.rawValue)" }
    return "\(stage) --run \(run)\(flags)\(later.joined())"
  }

  /// Reads the source although it is held off.
  public var tryAgain: String { "fetch --try-again\(flags) | dedupe | snapshot | publish" }

  /// Takes a dump that was refused.
  public func accept(_ run: String, rekey: Bool = false) -> String {
    "dedupe\(rekey ? " --rekey" : "") --accept \(run)\(flags) | snapshot | publish"
  }

  /// Shows what putting back would do that a rewind took back. Not at once: runs that came since are taken back with it, and a
  /// message is read late.
  public func undo(_ run: String) -> String { "rewind --undo \(run)\(flags)" }
}
