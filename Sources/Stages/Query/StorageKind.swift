import Basics
import History

/// What an object in a feed's folder is.
enum StorageKind: String, CaseIterable {
  case bases, packs, keys, patches, changes, quarantine, settings, runs, heads
  case publishedCurrent = "published_current"
  case publishedClosed = "published_closed"
  case publishedRetired = "published_retired"
  case other
}

/// Tells what objects are, and which run wrote them.
struct StorageSorter {
  private var current: Set<String> = []
  private var closed: Set<String> = []
  private var retired: Set<String> = []

  init(_ pointer: Pointer?) {
    guard let pointer else { return }
    current = pointer.currentObjects
    closed = Set(pointer.closed.map(\.object))
    retired = Set((pointer.retired ?? []).map(\.object))
  }

  /// What the object at a path under the feed's folder is. Published files that no pointer names are other: an
  /// attempt that died left them, or one is at work.
  func kind(of path: String) -> StorageKind {
    if path == "head.json" { return .heads }
    let folders = path.split(separator: "/").dropLast()
    guard let folder = folders.first else { return .other }
    guard folder == "published" else { return StorageKind(rawValue: String(folder)) ?? .other }
    if folders.count == 1 || current.contains(path) { return .publishedCurrent }
    if closed.contains(path) { return .publishedClosed }
    return retired.contains(path) ? .publishedRetired : .other
  }

  /// The run by whose name an object is called; nil if it is called otherwise.
  static func run(of path: String) -> String? {
    let parts = path.split(separator: "/")
    guard parts.count > 1 else { return nil }
    var name = parts[parts.count - 1]
    switch parts[0] {
    case "runs": return String(parts[1])
    case "heads": return name.droppingFirst(upTo: "-").map { String($0.droppingEnd(".json")) }
    case "bases", "packs", "patches", "changes", "quarantine": break
    case "keys":
      // As the object that they are of, and by what they were read.
      name = name.lastIndex(of: ".").map { name[..<$0] } ?? name
    case "published" where parts.count == 3:
      name = name.droppingEnd(".layout")
      if parts[1] == "closed" { name = name.droppingFirst(upTo: "-") ?? name }
      if parts[1] == "parts" { name = name.droppingEnd(".jsonl").droppingNumber(after: "-") ?? name }
    default: return nil
    }
    return name.droppingEnd(".jsonl").droppingNumber(after: ".").map(String.init)
  }
}

extension Substring {
  fileprivate func droppingEnd(_ end: String) -> Substring { hasSuffix(end) ? dropLast(end.count) : self }

  fileprivate func droppingFirst(upTo mark: Character) -> Substring? {
    firstIndex(of: mark).map { self[index(after: $0)...] }
  }

  /// Without a mark and the number after it; nil if it does not end so.
  fileprivate func droppingNumber(after mark: Character) -> Substring? {
    guard let place = lastIndex(of: mark), Int(self[index(after: place)...]) != nil else { return nil }
    return self[..<place]
  }
}
