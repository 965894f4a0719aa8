/// How many requests were made, by what vendors charge for.
public struct RequestCounts: Hashable, Sendable, CustomStringConvertible {
  /// What a request was for.
  public enum Kind: String, Sendable, CaseIterable {
    /// Writes and listings: S3's `PUT, COPY, POST, LIST`, Google's class A.
    case put, begin, part, copy, complete, list
    /// Reads: S3's `GET and all others`, Google's class B.
    case get, head
    /// Free of charge with both.
    case delete, abort
  }

  private var counts: [Kind: Int] = [:]

  /// None yet.
  public init() {}

  /// How many of a kind.
  public subscript(kind: Kind) -> Int { counts[kind, default: 0] }
  /// Those that vendors charge most for: writes and listings.
  public var classA: Int { sum([.put, .begin, .part, .copy, .complete, .list]) }
  /// Reads.
  public var classB: Int { sum([.get, .head]) }
  /// Those that cost nothing.
  public var free: Int { sum([.delete, .abort]) }
  /// All.
  public var total: Int { classA + classB + free }

  /// `12 requests: 5 class A (3 put, 2 list), 6 class B (6 get), 1 free (1 delete)`.
  public var description: String {
    let classes: [(String, [Kind])] = [
      ("class A", [.put, .begin, .part, .copy, .complete, .list]), ("class B", [.get, .head]),
      ("free", [.delete, .abort]),
    ]
    let parts = classes.compactMap { name, kinds in
      let some = kinds.filter { self[$0] > 0 }
      return some.isEmpty
        ? nil
        : "\(sum(kinds)) \(name) (" + some.map { "\(self[$0]) \($0.rawValue)" }.joined(separator: ", ") + ")"
    }
    let head = "\(total) request\(total == 1 ? "" : "s")"
    return parts.isEmpty ? head : head + ": " + parts.joined(separator: ", ")
  }

  /// How many of each kind there were, by its name.
  public var byKind: [String: Int] {
    Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
  }

  mutating func count(_ kind: Kind) { counts[kind, default: 0] += 1 }

  private func sum(_ kinds: [Kind]) -> Int { kinds.reduce(0) { $0 + self[$1] } }
}
