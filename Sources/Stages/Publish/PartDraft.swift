import Basics

/// How a part is put together: what is copied from earlier parts, and what is rendered from the dump.
struct PartDraft {
  enum Piece {
    /// Bytes of an earlier part, by its number.
    case copy(part: Int, range: Range<Int>)
    /// Spans of the dump.
    case render(Range<Int>)
  }

  let spans: Range<Int>
  let digest: String
  private(set) var pieces: [Piece] = []
  /// How long the rows of each span are; 0 where they are still to be rendered.
  private(set) var lengths: [Int] = []

  init(_ part: PartPlan.Part, keys: [RowKey], known: inout KnownRows) {
    spans = part.spans
    digest = part.digest
    lengths.reserveCapacity(part.spans.count)
    for index in part.spans {
      let place = keys[index] == .none ? nil : known.find(keys[index])
      lengths.append(place?.range.count ?? 0)
      if let place {
        addCopy(place)
      } else if keys[index] != .none {
        addRendering(index)
      }
    }
  }

  /// The spans that have to be rendered.
  var rendered: [Range<Int>] {
    pieces.compactMap { piece in
      if case .render(let spans) = piece { spans } else { nil }
    }
  }

  private mutating func addCopy(_ place: KnownRows.Place) {
    if case .copy(place.part, let range)? = pieces.last, range.upperBound == place.range.lowerBound {
      pieces[pieces.count - 1] = .copy(part: place.part, range: range.lowerBound..<place.range.upperBound)
    } else {
      pieces.append(.copy(part: place.part, range: place.range))
    }
  }

  private mutating func addRendering(_ index: Int) {
    if case .render(let spans)? = pieces.last, spans.upperBound == index {
      pieces[pieces.count - 1] = .render(spans.lowerBound..<index + 1)
    } else {
      pieces.append(.render(index..<index + 1))
    }
  }
}
