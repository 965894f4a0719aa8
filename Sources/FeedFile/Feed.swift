public import Records

/// The settings of one feed: what a feed file says, with every default filled in.
///
/// What each field means stands in one place, the table ``Field/all``, from which the documentation is made.
public struct Feed: Hashable, Sendable {
  /// The feed's name: `[A-Za-z0-9._-]{1,100}`, not starting with a dot.
  public var name: String
  /// Where history is kept, as written: a path relative to the feed file's folder, or a URL.
  public var store: String?
  /// Where the dump comes from.
  public var source: Source
  /// Columns that identify a record; empty: the whole record does.
  public var key: [String]
  /// How often the feed is meant to be read, in whole seconds.
  public var schedule: Duration?
  /// The least time between two reads of the source, in whole seconds.
  public var minInterval: Duration
  /// When a run is refused.
  public var guards: Guards
  /// Which of several different records with the same key is kept.
  public var duplicates: Duplicates
  /// What a changed header means.
  public var columns: Columns
  /// By what records are known again.
  public var fingerprint: Fingerprint
  /// What is published.
  public var publish: Publish

  /// Which of several different records with the same key is kept, in dump order.
  public enum Duplicates: String, Hashable, Sendable, CaseIterable { case first, last }

  /// By what records are known again; both are keyed with a secret of the feed's own.
  public enum Fingerprint: String, Hashable, Sendable, CaseIterable {
    /// A universal hash near the speed of memory.
    case universal
    case sha256
  }

  /// Limits at which a run is refused and history left alone.
  public struct Guards: Hashable, Sendable {
    /// The share of records that may be bad.
    public var bad: Percent
    /// The share of records that may be gone at once…
    public var gone: Percent
    /// …unless fewer than so many are.
    public var goneAtLeast: Int
    /// The share of records that may be second ones of their key.
    public var duplicates: Percent
    /// The share of records that may be repeats of the same record, where there is a key.
    public var repeated: Percent
    /// What is done with a dump without records.
    public var empty: Verdict
    /// What is done with a download that ended early.
    public var truncated: Verdict
  }

  /// What is done with a dump that looks sick.
  public enum Verdict: String, Hashable, Sendable, CaseIterable { case refuse, accept }

  /// What a changed header means for records.
  public struct Columns: Hashable, Sendable {
    /// Which records change when a column appears.
    public var added: Added
    /// Which records change when a column appears: those with a value in it, all, or none.
    public enum Added: String, Hashable, Sendable, CaseIterable {
      case nonEmpty = "non_empty"
      case all, none
    }
  }

  /// What is published beside the parts.
  public struct Publish: Hashable, Sendable {
    /// Whether `current.jsonl` is written.
    public var current: Current
    /// How long parts stay that the pointer no longer names, in whole seconds.
    public var grace: Duration
    /// Whether the lists of files for BigQuery are written.
    public var lists: Lists
    /// Whether `current.jsonl` is written: `auto` up to ``Feed/currentLimit``.
    public enum Current: String, Hashable, Sendable, CaseIterable { case auto, always, never }
    /// Whether the lists of files for BigQuery are written: `auto` unless the store is on S3, which it does not read.
    public enum Lists: String, Hashable, Sendable, CaseIterable { case auto, always, never }
  }

  /// Above so many bytes `publish.current: auto` leaves `current.jsonl` out (64 MiB).
  public static let currentLimit = 64 << 20
}

/// Where a feed's dump comes from and how its bytes become records.
public struct Source: Hashable, Sendable {
  /// A URL or a file.
  public var location: Location
  /// How the dump's bytes are laid out.
  public var format: Format
  /// Request headers by name; none of them a secret, no two names differing in case alone.
  public var headers: [String: String]
  /// Who asks, if the source wants to know.
  public var auth: Credentials?
  /// The longest that one read may take.
  public var timeout: Duration
  /// The longest that making a connection may take.
  public var connectTimeout: Duration
  /// A download slower than so many bytes a second…
  public var lowSpeed: Int
  /// …for so long is given up.
  public var lowSpeedTime: Duration
  /// How a web server is asked.
  public var web = Web()
  /// What is asked, if it is a database.
  public var database: Database?
  /// What the dump has to be like.
  public var expect = Expect()
  /// What is done with its bytes first.
  public var conversion = Conversion()
  /// Which files or objects are the dump, if the path or URL is a pattern; nil: it is a name.
  public var take: Take?
  /// When it is left alone.
  public var peace = Peace()

  /// Where a dump is.
  public enum Location: Hashable, Sendable {
    /// An `http` or `https` URL without credentials, or one of an object or a database.
    case url(String)
    /// Several `http` or `https` URLs, whose answers are one dump.
    case urls([String])
    /// A file, as written: relative to the feed file's folder.
    case path(String)
  }

  /// Credentials by reference.
  public enum Credentials: Hashable, Sendable {
    /// HTTP Basic (RFC 7617), or what a database is told; Redis' default user is empty.
    case basic(user: String, password: Secret)
    /// A bearer token (RFC 6750).
    case bearer(Secret)
    /// NTLM; the user of a domain is written `DOMAIN\user`.
    case ntlm(user: String, password: Secret)
    /// Negotiate (RFC 4559) with the ticket of whoever runs the function.
    case negotiate
    /// A header with a secret.
    case key(header: String, Secret)
    /// A token that is asked for first.
    case client(Client)
  }

  /// Where a secret is: never the secret itself.
  public enum Secret: Hashable, Sendable {
    /// The environment variable of this name.
    case environment(String)
    /// The file at this path, as written; a newline at its end does not count.
    case file(String)
  }
}
