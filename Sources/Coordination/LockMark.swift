import Basics

/// The lock as the stage before left it, carried by its event: who has it takes the lock by one write, which is refused
/// if anything happened since.
public struct LockMark: Codable, Hashable, Sendable {
  let document: LockDocument
  let version: String
  /// When it was made, by the store's clock: since then the next stage is waited for.
  let time: Instant
}
