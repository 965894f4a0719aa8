import Synchronization

/// Short packs and bases, read whole: their manifest, hashes and blocks are one request then.
final class SmallObjects: Sendable {
  /// What is longer is read in ranges.
  static let longest = 512 << 10
  /// The same where all of it is needed, and each range would be a request.
  static let longestRemote = 4 << 20
  private static let kept = 12 << 20

  /// The bytes of one object.
  final class Object: Sendable {
    let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }
  }

  private struct Held {
    var objects: [String: Object] = [:]
    var ends: [String: (end: Int, isShort: Bool)] = [:]
    var size = 0
  }

  private let held = Mutex(Held())

  subscript(_ path: String) -> Object? { held.withLock { $0.objects[path] } }

  /// How long an object is, if its description was read: that stands last.
  func end(of path: String) -> Int? { held.withLock { $0.ends[path]?.end } }

  /// The same of an object that is to be read whole if anything of it is wanted.
  func endToRead(of path: String) -> Int? {
    held.withLock { held in
      guard let (end, isShort) = held.ends[path], isShort, held.size + end <= Self.kept else { return nil }
      return end
    }
  }

  /// Notes where an object ends, and how long it may be to be read whole.
  func note(end: Int, wholeUpTo most: Int, of path: String) {
    held.withLock { $0.ends[path] = (end, end <= most) }
  }

  /// Keeps an object that never changes, as long as there is room.
  func keep(_ bytes: [UInt8], of path: String) {
    held.withLock { held in
      guard held.size + bytes.count <= Self.kept, held.objects[path] == nil else { return }
      held.objects[path] = Object(bytes)
      held.size += bytes.count
    }
  }
}
