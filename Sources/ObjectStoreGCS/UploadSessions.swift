import CloudStore
import Hashing
import Synchronization

/// What is known of uploads under way: the sum of what was sent, and whether an answer was lost.
final class UploadSessions: Sendable {
  /// One sending of a part.
  struct Attempt: Sendable {
    var offset: Int
    var end: Int
    /// Of all bytes up to the end of this part; nil if not all of them were seen here.
    var sum: CRC32C?
    /// Whether the service may have some of it, or all, already.
    var isRepeated: Bool
  }

  private struct Session {
    /// Of all bytes before the part that came last.
    var before: CRC32C?
    var offset: Int
    /// What came last, if it was answered.
    var last: Attempt?
  }

  private let sessions = Mutex<[String: Session]>([:])

  /// A part is about to be sent.
  func begin(_ part: UploadPart, _ bytes: [UInt8], of id: String) -> Attempt {
    let (before, isRepeated): (CRC32C?, Bool) = sessions.withLock { sessions in
      let known = sessions[id]
      let before: CRC32C?
      let isRepeated: Bool
      switch known {
      case nil: (before, isRepeated) = (part.offset == 0 ? CRC32C() : nil, part.offset != 0)
      case let known? where known.last?.end == part.offset && known.offset != part.offset:
        (before, isRepeated) = (known.last?.sum, false)
      case let known?: (before, isRepeated) = (known.offset == part.offset ? known.before : nil, true)
      }
      sessions[id] = Session(before: before, offset: part.offset)
      return (before, isRepeated)
    }
    var sum = before
    sum?.update(bytes)
    return Attempt(offset: part.offset, end: part.offset + bytes.count, sum: sum, isRepeated: isRepeated)
  }

  /// A part has arrived.
  func end(_ attempt: Attempt, of id: String, isLast: Bool) {
    sessions.withLock { sessions in
      if isLast { sessions[id] = nil } else { sessions[id]?.last = attempt }
    }
  }

  /// The upload was given up.
  func forget(_ id: String) { sessions.withLock { $0[id] = nil } }
}
