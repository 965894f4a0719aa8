import Basics
import Glibc

/// The lock of a directory store's commits, and whoever stands still with it.
extension OwnFiles {
  /// Milliseconds between looks, growing: most wait for one small write.
  private static let pauses: ClosedRange<UInt32> = 1...8

  /// Waits for the lock of commits. A lock belongs to one opening of the file, so threads exclude each other too.
  /// The file holds the last stamp given.
  ///
  /// Whoever has the lock does one small write; if nothing at all is written for so long, it stands still.
  /// - Parameter patience: seconds in which nobody else writes either, after which the wait is given up; they are counted
  ///   as slept, so a process that was stopped itself does not give up when it goes on.
  /// - Returns: nil if the wait was given up.
  func takeLock(patience: Double) throws(SystemError) -> Descriptor? {
    var file = try openLock()
    var (slept, pause) = (0.0, Self.pauses.lowerBound)
    var stamp = file.readNumber()
    while true {
      if file.tryLock() {
        // Somebody tidied it away meanwhile: others will lock a new one.
        if try file.status().links > 0 { return file }
        file = try openLock()
        continue
      }
      if slept >= patience { return nil }
      usleep(pause * 1000)
      slept += Double(pause) / 1000
      pause = min(pause * 2, Self.pauses.upperBound)
      let now = file.readNumber()
      if now != stamp { (stamp, slept) = (now, 0) }
    }
  }

  /// Who has the lock, as people can find it; nil if the system does not tell, as of another machine or container.
  func holder() -> LockHolder? {
    guard let inode = try? openLock().status().inode,
      let locks = Self.text(of: "/proc/locks")
    else { return nil }
    // `1: FLOCK  ADVISORY  WRITE 4711 08:01:1234567 0 EOF`; of whoever waits it is `1: -> FLOCK`.
    for line in locks.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 5, words[1] == "FLOCK",
        words[5].split(separator: ":").last.map({ UInt64($0) }) == inode,
        let process = Int32(words[4]), process > 0
      else { continue }
      return LockHolder(process)
    }
    return nil
  }

  /// A file that the system makes up.
  fileprivate static func text(of path: String) -> String? {
    guard let file = try? Descriptor.open(path: path, flags: O_RDONLY) else { return nil }
    var bytes = ByteBuffer(capacity: 1 << 16)
    while true {
      let place = bytes.count
      let count = try? unsafe bytes.append(atMost: 1 << 16) { (room) throws(SystemError) in
        unsafe try file.read(into: room, at: place)
      }
      guard let count else { return nil }
      if count == 0 { return unsafe String(decoding: bytes.bytes, as: UTF8.self) }
    }
  }
}

/// A process that has a lock.
struct LockHolder: CustomStringConvertible {
  private let id: Int32
  private let name: String
  private let isStopped: Bool

  init(_ id: Int32) {
    self.id = id
    // `4711 (name) T …`: the name may have any brackets in it.
    let status = OwnFiles.text(of: "/proc/\(id)/stat") ?? ""
    let end = status.lastIndex(of: ")")
    name =
      end.flatMap { end in
        status.firstIndex(of: "(").map { String(status[status.index(after: $0)..<end]) }
      } ?? "?"
    let state = end.flatMap { status[$0...].dropFirst(2).first }
    isStopped = state == "T" || state == "t"
  }

  var description: String {
    isStopped
      ? "process \(id) (\(name)), which is stopped; let it go on (kill -CONT \(id)) or end it, then try again"
      : "process \(id) (\(name)); if it stands still end it, and try again later"
  }
}
