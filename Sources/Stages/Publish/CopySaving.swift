import Blocks
import Dedupe

/// Whether rows are copied from the parts that were published last, or rendered from the dump once more.
///
/// On a disk copying is always cheaper. In a store that is far away requests count: a part that is copied from is read,
/// one that consists of copied ranges is sent in several requests, and layouts are read and written besides. A dump that
/// consists of few objects is read by about as many requests, and is a tenth as long.
struct CopySaving {
  /// A dump of no more objects is read by fewer requests than its parts.
  private static let few = 8

  private let side: Side
  /// Of JSON the columns are known only once its records are read: then they would be parsed twice.
  private let isAlwaysCopied: Bool

  init(_ side: Side, isRemote: Bool) {
    self.side = side
    isAlwaysCopied = !isRemote || side.reading.header.isEmpty
  }

  /// Whether a publication after this one may copy, and so needs the layouts of the parts.
  var needsLayouts: Bool { isAlwaysCopied || objects([side.manifest.spans.indices]) > Self.few }

  /// Whether rows of some spans are to be copied, as far as they stand in so many earlier parts.
  func copies(_ spans: [Range<Int>], fromParts hits: Int) -> Bool {
    isAlwaysCopied || objects(spans) > max(Self.few, 1 + 2 * hits)
  }

  /// In how many objects some spans are.
  private func objects(_ ranges: [Range<Int>]) -> Int {
    var found: Set<UInt32> = []
    for range in ranges {
      for span in side.manifest.spans[range] { found.insert(UInt32(span.object)) }
    }
    return found.count
  }
}
