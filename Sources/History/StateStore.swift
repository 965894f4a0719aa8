public import Basics
public import Blocks
import Compression
import Hashing
import ObjectStore

/// Reads and describes states: manifests, patches, and the ranges of packs that blocks are in.
public struct StateStore: Sendable {
  private static let limit = 1 << 32
  /// The feed's folder.
  public let folder: FeedFolder

  /// The states in a feed's folder.
  public init(_ folder: FeedFolder) { self.folder = folder }

  /// A manifest with those that it is an edit of, the base first.
  public func chain(_ ref: StateRef) throws(Failure) -> [StateIndex.Link] {
    var chain: [StateIndex.Link] = []
    let (end, isTooLarge) = ref.offset.addingReportingOverflow(ref.length)
    guard ref.offset >= 0, ref.length >= 0, !isTooLarge else {
      throw Failure(
        .badData, "a manifest is said to be at byte \(ref.offset) of \(ref.object), which cannot be")
    }
    let stored = try folder.get(ref.object, range: ref.offset..<end)
    guard hex(SHA256.digest(stored)) == ref.sha256 else {
      throw Failure(.badData, "\(ref.object) is damaged: a manifest's SHA-256 is not the one recorded")
    }
    let index = try StateIndex(decoding: decompress(stored, name: ref.object))
    if let parent = index.parent { chain = try self.chain(parent) }
    let manifest = try index.manifest(parent: chain.last?.manifest)
    chain.append(.init(ref: ref, depth: index.depth, manifest: manifest))
    return chain
  }

  /// A manifest.
  public func manifest(_ ref: StateRef) throws(Failure) -> Manifest {
    guard let last = try chain(ref).last else { throw Failure(.software, "a chain without an end") }
    return last.manifest
  }

  /// What policy decided of a state's records. The newest entry's time of recording is filled in.
  public func patch(of head: Head) throws(Failure) -> Patch {
    var patch = try self.patch(head.state.patch)
    for index in patch.births.indices where patch.births[index].recordedAt == nil {
      patch.births[index].recordedAt = head.recordedAt
    }
    return patch
  }

  /// A patch as it was stored.
  public func patch(_ ref: ObjectRef) throws(Failure) -> Patch {
    let stored = try folder.get(ref.object)
    guard hex(SHA256.digest(stored)) == ref.sha256 else {
      throw Failure(.badData, "\(ref.object) is damaged: its SHA-256 is not the one recorded")
    }
    return try Patch(decoding: decompress(stored, name: ref.object))
  }

  /// Stores a patch under a name that was never used.
  public func store(_ patch: Patch, as path: String) throws(Failure) -> ObjectRef {
    var out = ByteBuffer()
    var compressor = Zstandard.Compressor()
    let encoded = patch.encoded()
    unsafe encoded.withUnsafeBytes { _ = unsafe compressor.compress($0, to: &out) }
    let writer = try folder.create(path)
    try unsafe writer.write(out.bytes)
    return try writer.commit()
  }

  /// Reads blocks of a manifest.
  public func blocks(of manifest: Manifest) -> BlockReader { BlockReader(manifest, from: PackRanges(folder)) }

  private func decompress(_ stored: [UInt8], name: String) throws(Failure) -> [UInt8] {
    var out = ByteBuffer()
    var decompressor = Zstandard.Decompressor()
    do {
      try unsafe stored.withUnsafeBufferPointer { (bytes) throws(Failure) in
        try unsafe decompressor.decompress(UnsafeRawBufferPointer(bytes), to: &out, limit: Self.limit)
      }
    } catch {
      throw Failure(.badData, "\(name) is damaged: \(error.message)")
    }
    return out.array()
  }
}

/// Ranges of packs, read ahead: a dump is read in order, so one request brings what the next reads need.
final class PackRanges: RangeSource {
  private static let ahead = 1 << 20
  private static let keptWindows = 8

  private final class Window {
    var start = 0
    var bytes: [UInt8] = []
    var lastUse = 0
  }

  private let folder: FeedFolder
  private var windows: [String: Window] = [:]
  private var sizes: [String: Int] = [:]
  private var uses = 0

  init(_ folder: FeedFolder) { self.folder = folder }

  func read(_ object: String, range: Range<Int>, to output: inout ByteBuffer) throws(Failure) {
    uses += 1
    if windows[object] == nil {
      if windows.count >= Self.keptWindows,
        let oldest = windows.min(by: { $0.value.lastUse < $1.value.lastUse })
      {
        windows[oldest.key] = nil
      }
      windows[object] = Window()
    }
    guard let window = windows[object] else { return }
    window.lastUse = uses
    if range.lowerBound < window.start || range.upperBound > window.start + window.bytes.count {
      // The first look at an object takes what was asked for; only reading on is worth reading ahead.
      let goesOn = range.lowerBound == window.start + window.bytes.count && !window.bytes.isEmpty
      let wanted = range.lowerBound..<max(range.upperBound, range.lowerBound + (goesOn ? Self.ahead : 0))
      window.bytes = try fetch(object, wanted, atLeast: range.count)
      window.start = range.lowerBound
    }
    let offset = range.lowerBound - window.start
    unsafe window.bytes.withUnsafeBytes {
      unsafe output.append(UnsafeRawBufferPointer(rebasing: $0[offset..<offset + range.count]))
    }
  }

  private func fetch(_ object: String, _ range: Range<Int>, atLeast needed: Int) throws(Failure) -> [UInt8] {
    // An object of this kind never changes, so its length is asked for once.
    if sizes[object] == nil { sizes[object] = try folder.info(object).size }
    let size = sizes[object] ?? 0
    let clamped = range.clamped(to: 0..<size)
    guard clamped.count >= needed else {
      throw Failure(.badData, "\(object) is damaged: it is shorter than recorded")
    }
    return try folder.get(object, range: clamped)
  }
}
