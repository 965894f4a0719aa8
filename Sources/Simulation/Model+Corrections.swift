import Basics
import History

/// What a correction has to say, found by hand: from the first entry in force on of which something went to quarantine, and
/// that was read by other settings, all that are in force, read by these.
extension Model {
  /// An entry, as far as it follows from what was there before.
  private struct Outline: Equatable, CustomStringConvertible {
    var validFrom: Instant
    /// Whose state it takes history back to.
    var takesBackTo: Int?
    /// Which entry's dump it reads again.
    var corrects: Int?
    var settings: String

    var description: String {
      takesBackTo.map { "back to \($0)" } ?? "reads \(corrects ?? 0) again, from \(validFrom) on"
    }
  }

  /// Whether nothing is left to be corrected by some settings.
  func isCorrect(by settings: String) -> Bool { first(by: settings, inForce) == nil }

  private func first(by settings: String, _ inForce: [Entry]) -> Int? {
    inForce.firstIndex { $0.head.quarantine != nil && $0.head.state.settings != settings }
  }

  /// Why the entries of a correction, which are the last of these, are not what they have to be; nil if they are.
  func whyWrong(correction run: String, by settings: String) -> String? {
    guard let begin = entries.firstIndex(where: { $0.head.run == run }) else { return "no entry is of it" }
    let before = Model(entries: Array(entries[..<begin]))
    let inForce = before.inForce
    guard let first = before.first(by: settings, inForce) else { return "there was nothing to correct" }
    var wanted: [Outline] = []
    if first > 0 {
      let ground = inForce[first - 1].head
      wanted.append(
        Outline(
          validFrom: inForce[first].head.validFrom, takesBackTo: ground.origin,
          settings: ground.state.settings))
    }
    for entry in inForce[first...] {
      wanted.append(
        Outline(
          validFrom: entry.head.validFrom, corrects: entry.head.corrects ?? entry.head.origin,
          settings: settings))
    }
    let found = entries[begin...].map { entry in
      Outline(
        validFrom: entry.head.validFrom,
        takesBackTo: entry.head.takesBack ? entry.head.origin : nil,
        corrects: entry.head.takesBack ? nil : entry.head.corrects, settings: entry.head.state.settings)
    }
    return found == wanted ? nil : "\(found), not \(wanted)"
  }
}
