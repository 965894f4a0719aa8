import Dedupe
import Records

/// A dump, and what it says because whoever wrote it knows: nothing here was found out by parsing.
struct Dump {
  /// One record as it was cut.
  struct Line {
    enum Says {
      case blank
      case bad
      /// Its columns, in source order.
      case record([Value])
    }

    var bytes: [UInt8]
    /// Where it begins, and how many line feeds come before it.
    var offset: Int
    var line: Int
    var says: Says
    /// JSON: its members as they are written, without spaces.
    var members: [UInt8] = []
  }

  var reading: Reading
  /// The names of the columns of each record: of CSV the header, of JSON all there are.
  var names: [String]
  var bytes: [UInt8] = []
  /// Whether CSV has a header record.
  var hasHeader = false
  var lines: [Line] = []
  var ending = DumpScanner.Ending.terminated

  var isCSV: Bool { reading.format != .jsonLines }
}
