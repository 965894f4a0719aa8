extension Source {
  /// What is done with the bytes of a source before they are the dump: UTF-8 text in one of the formats.
  public struct Conversion: Hashable, Sendable {
    /// What is unpacked.
    public var compression = Compression.auto
    /// The encoding of its text, as iconv knows it; nil: UTF-8.
    public var encoding: String?
    /// So many lines at its beginning are left out.
    public var skip = 0
    /// Then all lines before the first that begins with this.
    public var headerStartsWith: String?
    /// The lines at its end that are left out.
    public var footer: Footer?
    /// XML: the names of the elements from the root to the record's; empty: it is no XML.
    public var record: [String] = []
    /// Compressed bytes may become at most so many times as many, beyond the first 8 MiB.
    public var maxRatio = 1000

    /// Nothing but that compression is undone.
    public init() {}

    /// Whether anything but compression is undone.
    public var changesText: Bool {
      encoding != nil || skip > 0 || headerStartsWith != nil || footer != nil || !record.isEmpty
    }

    /// What a dump is packed as.
    public enum Compression: String, Hashable, Sendable, CaseIterable {
      /// What its name ends in, or else what it begins with.
      case auto
      case none, gzip, zstd, zip
    }

    /// The lines at the end of a dump that are no records.
    public struct Footer: Hashable, Sendable {
      /// How many, blank ones aside.
      public var lines: Int
      /// What the first of them begins with.
      public var startsWith: String

      /// Puts the two together.
      public init(lines: Int, startsWith: String) {
        self.lines = lines
        self.startsWith = startsWith
      }
    }
  }

  /// Which of the files or objects that a pattern matches are the dump.
  public enum Take: String, Hashable, Sendable, CaseIterable {
    /// The one that was written last.
    case newest
    /// The one with the greatest name.
    case last
    /// All, in the order of their names, as one dump.
    case all
  }
}
