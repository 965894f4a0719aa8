public import History

extension Outcome {
  /// Whether no further stage is needed (but to publish what an earlier run left).
  public var isFinal: Bool {
    switch self {
    case .fetched, .found, .recorded: false
    case .published, .unchanged, .skipped, .refused, .superseded: true
    }
  }

  /// Whether all is well with the source: its dump is the head's, or was taken.
  var isGood: Bool { [.published, .unchanged, .recorded].contains(self) }
}
