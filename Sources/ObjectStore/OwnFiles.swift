import Basics
import Glibc

/// What a directory store keeps for itself, in `.strandline/` under its root.
struct OwnFiles: Sendable {
  static let name = ".strandline"
  private let folder: Descriptor
  let temporaries: Descriptor
  private let clock: Descriptor

  /// Opens them, and makes what is missing.
  init(_ root: Descriptor) throws(SystemError) {
    folder = try Self.folder(Self.name, in: root)
    temporaries = try Self.folder("tmp", in: folder)
    clock = try folder.open("clock", O_RDWR | O_CREAT)
  }

  private static func folder(_ name: String, in parent: Descriptor) throws(SystemError) -> Descriptor {
    do {
      try parent.makeFolder(name)
      try parent.sync()
    } catch {
      if error.code != EEXIST { throw error }
    }
    return try parent.openFolder(name)
  }

  /// The file system's own time.
  func now() throws(SystemError) -> Instant {
    try clock.touch()
    return Instant(nanoseconds: try clock.status().modified)
  }

  /// When somebody last asked the time: all that a user learns who may only read.
  static func lastKnownTime(_ root: Descriptor) -> Instant? {
    do {
      return Instant(nanoseconds: try root.openFolder(name).status(of: "clock").modified)
    } catch {
      return nil
    }
  }

  /// The file that is locked for a commit: see ``takeLock(patience:)``.
  func openLock() throws(SystemError) -> Descriptor { try folder.open("lock", O_RDWR | O_CREAT) }

  /// A new file for an object being written; its lock says that its writer lives.
  func makeTemporary() throws(SystemError) -> (file: Descriptor, name: String) {
    while true {
      // Random, not the process's id: containers that share a directory all have the same ids.
      let name = hex((0..<12).map { _ in UInt8.random(in: 0...255) })
      let file = try temporaries.open(name, O_RDWR | O_CREAT | O_EXCL)
      // Unless it was taken for a dead one between the two calls: whoever does that may stand still.
      if file.tryLock(), try file.status().links > 0 { return (file, name) }
    }
  }

  /// Removes the files of writers that died: whatever can be locked is nobody's.
  func removeDeadTemporaries() {
    var names: [String] = []
    // What cannot be read or removed now, the next opening tries again: it is no reason to fail.
    unsafe try? temporaries.names { bytes, _ in unsafe names.append(String(decoding: bytes, as: UTF8.self)) }
    for name in names {
      guard let file = try? temporaries.open(name, O_RDWR), file.tryLock() else { continue }
      // Held until it is gone, or a writer that made it just now would lock and fill it.
      defer { file.unlock() }
      try? temporaries.removeFile(name)
    }
  }
}

extension Instant {
  init(nanoseconds: Int64) {
    let (quotient, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1000)
    self.init(microseconds: rest < 0 ? quotient - 1 : quotient)
  }
}

extension ObjectKey {
  /// The parts, as bytes split them.
  private var parts: [String] {
    description.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
  }
  /// The last part: the name of its file.
  var name: String { parts.last ?? description }
  /// The parts before the last.
  var folders: ArraySlice<String> { parts.dropLast() }
}
