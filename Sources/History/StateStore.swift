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
  /// - Parameters:
  ///   - read: a chain that was read before; what is in it is not read again.
  ///   - wantsBlocks: whether blocks are going to be read too: of a store that is far away, objects of some MiB are
  ///     read whole then.
  public func chain(
    _ ref: StateRef, read: [StateIndex.Link] = [], wantsBlocks: Bool = false
  ) throws(Failure) -> [StateIndex.Link] {
    if let place = read.firstIndex(where: { $0.ref == ref }) { return try ancestors(in: read, upTo: place) }
    var chain: [StateIndex.Link] = []
    let (end, isTooLarge) = ref.offset.addingReportingOverflow(ref.length)
    guard ref.offset >= 0, ref.length >= 0, !isTooLarge else {
      throw Failure(
        .badData, "a manifest is said to be at byte \(ref.offset) of \(ref.object), which cannot be")
    }
    let most = wantsBlocks && folder.store.isRemote ? SmallObjects.longestRemote : SmallObjects.longest
    var known = ref.carried
    if known == nil { known = try section(ref.object, ref.offset..<end, wholeUpTo: most) }
    let stored = known ?? []
    guard hex(SHA256.digest(stored)) == ref.sha256 else {
      throw Failure(.badData, "\(ref.object) is damaged: a manifest's SHA-256 is not the one recorded")
    }
    folder.small.note(end: end, wholeUpTo: most, of: ref.object)
    let index = try StateIndex(decoding: decompress(stored, name: ref.object))
    if let parent = index.parent { chain = try self.chain(parent, read: read, wantsBlocks: wantsBlocks) }
    let manifest = try index.manifest(parent: chain.last?.manifest)
    chain.append(.init(ref: ref, depth: index.depth, manifest: manifest, parent: index.parent))
    return chain
  }

  /// A description stands last in its object: a short object is read whole, for blocks may be wanted of it too.
  private func section(
    _ object: String, _ range: Range<Int>, wholeUpTo most: Int
  ) throws(Failure) -> [UInt8] {
    if let known = folder.small[object], range.upperBound <= known.bytes.count {
      return Array(known.bytes[range])
    }
    guard range.upperBound <= most else { return try folder.get(object, range: range) }
    let whole = try folder.get(object, range: 0..<range.upperBound)
    guard whole.count == range.upperBound else { return whole }
    folder.small.keep(whole, of: object)
    return Array(whole[range])
  }

  /// Of a chain that was read the part that one of its manifests is an edit of, itself included.
  private func ancestors(in read: [StateIndex.Link], upTo place: Int) throws(Failure) -> [StateIndex.Link] {
    var chain = [read[place]]
    while let ref = chain.first?.parent {
      guard let parent = read[..<place].first(where: { $0.ref == ref }) else {
        throw Failure(.software, "a chain lacks the manifest in \(ref.object)")
      }
      chain.insert(parent, at: 0)
    }
    return chain
  }

  /// A manifest.
  public func manifest(_ ref: StateRef, wantsBlocks: Bool = false) throws(Failure) -> Manifest {
    guard let last = try chain(ref, wantsBlocks: wantsBlocks).last else {
      throw Failure(.software, "a chain without an end")
    }
    return last.manifest
  }

  /// What policy decided of a state's records. The newest entry's time of recording is filled in.
  public func patch(of head: Head) throws(Failure) -> Patch {
    var patch = try self.patch(head.state.patch)
    for index in patch.births.indices where patch.births[index].recordedAt == nil {
      patch.births[index].recordedAt = head.bornAt
    }
    return patch
  }

  /// A patch as it was stored.
  public func patch(_ ref: ObjectRef) throws(Failure) -> Patch {
    var known = ref.knownBytes
    if known == nil { known = try folder.get(ref.object) }
    let stored = known ?? []
    guard hex(SHA256.digest(stored)) == ref.sha256 else {
      throw Failure(.badData, "\(ref.object) is damaged: its SHA-256 is not the one recorded")
    }
    return try Patch(decoding: decompress(stored, name: ref.object))
  }

  /// Stores a patch under a name that was never used; a short one is only carried.
  public func store(_ patch: Patch, as path: String) throws(Failure) -> ObjectRef {
    var out = ByteBuffer()
    var compressor = Zstandard.Compressor()
    let encoded = patch.encoded()
    unsafe encoded.withUnsafeBytes { _ = unsafe compressor.compress($0, to: &out) }
    if let carried = ObjectRef(carrying: out.array(), as: path) { return carried }
    let writer = try folder.create(path)
    try unsafe writer.write(out.bytes)
    return try writer.commit()
  }

  /// Reads blocks of a manifest.
  public func blocks(of manifest: Manifest) -> BlockReader { BlockReader(manifest, from: PackRanges(folder)) }

  /// Reads ranges of objects, record hashes among them.
  public func ranges() -> any RangeSource { PackRanges(folder) }

  private func decompress(_ stored: [UInt8], name: String) throws(Failure) -> [UInt8] {
    var decompressor = Zstandard.Decompressor()
    do {
      return try unsafe stored.withUnsafeBufferPointer { (bytes) throws(Failure) in
        try unsafe decompressor.decompress(UnsafeRawBufferPointer(bytes), limit: Self.limit)
      }
    } catch {
      throw Failure(.badData, "\(name) is damaged: \(error.message)")
    }
  }
}
