extension Field {
  /// What is done with the bytes of a source before they are the dump.
  static let conversion: [Field] = [
    Field(
      "source.take", .choice(Source.Take.names), .none, "newest",
      "With it `path`, or a `url` of a bucket, is a pattern (`dumps/*.csv`; `*` and `?` stand for anything but `/`), and"
        + " this is what is taken of the files that it matches: the one that was written last (`newest`), the one whose"
        + " name comes last (`last`: for names with dates), or `all` in the order of their names as one dump, like `urls`."
    ),
    Field(
      "source.compression", .choice(Source.Conversion.Compression.names), .value("auto"), "zip",
      "What the dump is packed as. `auto` goes by the ending of its name (`.gz`, `.zst`, `.zip`), else by what it begins"
        + " with. A `zip` archive has exactly one file in it."),
    Field(
      "source.encoding", .text, .derived("UTF-8"), "windows-1252",
      "The encoding of the source's text, by the name that `iconv --list` has for it: `windows-1252`, `iso-8859-15`,"
        + " `utf-16` (which goes by the byte-order mark), `utf-16le`, `shift_jis`. What is stored is UTF-8. A byte that is"
        + " none of the encoding's refuses the dump."),
    Field(
      "source.skip", .number, .value("0"), "4",
      "How many lines before the header of a `csv` dump are left out."),
    Field(
      "source.header_starts_with", .text, .none, "\"Date,Country\"",
      "What the header line of a `csv` dump begins with: all lines before it are left out. A dump without such a line"
        + " is refused."),
    Field(
      "source.footer_starts_with", .text, .none, "Total",
      "What the footer of a `csv` dump begins with, which is left out. A dump without it is refused, because it may have"
        + " been cut off."),
    Field(
      "source.footer", .number, .derived("`1` with `footer_starts_with`"), "2",
      "How many lines the footer has, blank ones aside: the first of them begins with `footer_starts_with`."),
    Field(
      "source.record", .text, .none, "/report/rows/row",
      "Where the records of an `xml` dump are: the names of the elements from the root down, as they are written."
        + " See [XML](#XML)."),
    Field(
      "source.expect.max_ratio", .number, .value("1000"), "5000",
      "A packed dump that unpacks to more than so many times its size, and to more than 8 MiB, is given up (65): it may"
        + " be made to fill disks."),
  ]
}
