public import Basics
import Documents
public import History
import ObjectStore

/// What readers go through: names the parts of the current set and the closed segments of the history.
///
/// Replaced by compare-and-swap after everything that it names is durable, so whoever reads it sees one state.
public struct Pointer: Codable, Hashable, Sendable {
  static let path = "published/pointer.json"

  /// The layout of this document.
  public var format = 1
  /// The feed.
  public var feed: String
  /// The number of the entry that is published.
  public var seq: Int
  /// The run that added it.
  public var run: String
  /// Since when the current set was true at the source.
  public var validFrom: Instant
  /// When we came to know.
  public var recordedAt: Instant
  /// All columns that rows have, those of closed versions included.
  public var columns: [Column]
  /// The rows that are true now, in dump order: `valid_to` is null in all of them.
  public var current: [Part]
  /// The versions that are over: each was written when it closed, and again when short segments became one.
  public var closed: [Part]
  /// `current.jsonl`, if it is written: the records alone, in one file.
  public var currentFile: Part?
  /// Parts that earlier pointers named, until they are removed.
  public var retired: [Retired]?
  /// SHA-256 of the schema and the statements beside the pointer, by their keys under the feed's folder.
  public var companions: [String: String]?
  /// The versions of what is replaced with the pointer, by their keys: what the next publication expects to find.
  public var versions: [String: String]?

  enum CodingKeys: String, CodingKey {
    case format, feed, seq, run
    case validFrom = "valid_from"
    case recordedAt = "recorded_at"
    case columns, current, closed
    case currentFile = "current_file"
    case retired, companions, versions
  }

  /// A file that never changes.
  public struct Part: Codable, Hashable, Sendable {
    /// Where a query engine finds it.
    public var uri: String
    /// Its key under the feed's folder.
    public var object: String
    /// How many rows it has.
    public var rows: Int
    /// Its length.
    public var bytes: Int
    /// How long its rows would be without the time columns: what they take in `current.jsonl`.
    public var recordBytes: Int?
    /// What its content follows from: a part with the same digest has the same rows.
    public var digest: String?
    /// The columns of its rows, for closed segments.
    public var columns: [Column]?
    /// When its rows ceased to be true, for closed segments; of merged ones the last time.
    public var validTo: Instant?
    /// When the first of its rows ceased to be true, for merged closed segments.
    public var firstValidTo: Instant?
    /// How often the rows of a closed segment were merged; nil: never.
    public var tier: Int?
    /// Whether a closed segment is not merged any more, because it or one beside it is damaged.
    public var staysAlone: Bool?
    /// Which of its bytes are the rows of which block: for the next publication, not for readers.
    public var layout: Layout?
    /// SHA-256 of its bytes; parts that are put together from earlier ones have none.
    public var sha256: String?

    enum CodingKeys: String, CodingKey {
      case uri, object, rows, bytes
      case recordBytes = "record_bytes"
      case digest, columns
      case validTo = "valid_to"
      case firstValidTo = "first_valid_to"
      case tier
      case staysAlone = "stays_alone"
      case layout, sha256
    }
  }

  /// Where in an object a part's layout stands.
  public struct Layout: Codable, Hashable, Sendable {
    /// The object's key under the feed's folder: the layouts of all parts of a publication.
    public var object: String
    /// Where in it the layout begins.
    public var offset: Int
    /// How long it is.
    public var bytes: Int
    /// SHA-256 of it, in hexadecimal.
    public var sha256: String
  }

  /// The keys of the objects that are of no use without this pointer: the parts of the current set, and their layouts.
  public var currentObjects: Set<String> {
    Set(current.flatMap { [$0.object, $0.layout?.object].compactMap { $0 } })
  }

  /// A part, or layouts, that are not named any more; who began to read may go on for a while.
  public struct Retired: Codable, Hashable, Sendable {
    /// Its key under the feed's folder.
    public var object: String
    /// Since when, by the store's clock.
    public var since: Instant
  }

  /// A column of published rows.
  public struct Column: Codable, Hashable, Sendable {
    /// Its name in published rows.
    public var name: String
    /// What the source calls it, if that is something else.
    public var source: String?
    /// BigQuery's name of its type: `STRING`, or `JSON` for what is not only strings.
    public var type: String
  }

  /// The same with every file where it is now: the store may have been moved since.
  func located(in folder: FeedFolder) throws(Failure) -> Pointer {
    var pointer = self
    for index in current.indices { pointer.current[index].uri = try folder.uri(current[index].object) }
    for index in closed.indices { pointer.closed[index].uri = try folder.uri(closed[index].object) }
    if let file = currentFile { pointer.currentFile?.uri = try folder.uri(file.object) }
    return pointer
  }

  /// Reads the pointer of a feed; nil if nothing was published yet.
  public static func read(_ folder: FeedFolder) throws(Failure) -> (pointer: Pointer, version: String)? {
    guard let (bytes, info) = try folder.getIfPresent(path) else { return nil }
    return (try Documents.decodeSealed(Pointer.self, from: bytes, name: path), info.version)
  }
}
