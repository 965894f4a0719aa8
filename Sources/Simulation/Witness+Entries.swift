import Basics
import Blocks
import Documents
import Hashing
import History

extension Witness {
  /// An entry became the newest: it, and those between it and the one before, must follow that one and be complete.
  func checkEntry(
    _ head: Head, _ feed: String, _ sha256: String, _ before: (head: Head, sha256: String)?
  ) {
    var entry = head
    var digest = sha256
    let place = "entry \(head.seq) of \(feed)"
    while true {
      if digest == before?.sha256 { return }
      checkContent(entry, feed)
      guard let ref = entry.ancestors.first else {
        return world.expect(
          before == nil && entry.seq == 1, .oneChain,
          "\(place) goes back to a first entry without entry \(before?.head.seq ?? 0), which was the newest")
      }
      guard entry.seq > before?.head.seq ?? 0, ref.seq == entry.seq - 1,
        let bytes = bytes(feed, ref.object), hex(SHA256.digest(bytes)) == ref.sha256,
        let parent = try? Documents.decode(Head.self, from: bytes, name: ref.object)
      else {
        return world.violates(.oneChain, "\(place) does not follow entry \(before?.head.seq ?? 0)")
      }
      world.expect(
        entry.recordedAt >= parent.recordedAt && entry.recordedAt <= world.time, .forward,
        "\(place): recorded at \(entry.recordedAt), the one before at \(parent.recordedAt)")
      if entry.restored == nil {
        world.expect(
          entry.validFrom > parent.validFrom, .forward,
          "\(place): valid from \(entry.validFrom), the one before from \(parent.validFrom)")
      }
      digest = ref.sha256
      entry = parent
    }
  }

  private func checkContent(_ entry: Head, _ feed: String) {
    let place = "entry \(entry.seq) of \(feed)"
    world.expect(entry.validFrom <= world.time, .forward, "\(place) is valid from \(entry.validFrom) on")
    let manifest = entry.state.manifest
    let object = bytes(feed, manifest.object) ?? []
    let end = manifest.offset + manifest.length
    let isWhole =
      end <= object.count && hex(SHA256.digest(Array(object[manifest.offset..<end]))) == manifest.sha256
    world.expect(
      isWhole, .durableFirst, "\(place) names \(manifest.object), which is not there or not that")
    for ref in [entry.state.patch, entry.changes].compactMap({ $0 }) where !ref.isCarried {
      world.expect(
        bytes(feed, ref.object).map { ref.fits($0) } ?? false, .durableFirst,
        "\(place) names \(ref.object), which is not there or not that")
    }
    for path in ["settings/\(entry.state.settings)", entry.generation.base] {
      world.expect(bytes(feed, path) != nil, .durableFirst, "\(place) names \(path), which is not there")
    }
  }
}
