public import Basics
import Hashing

/// A manifest as it is stored: whole in a base, else as an edit of an earlier one.
///
/// The earlier one is found by clearing the lowest digit of the depth in base 4 (skip-deltas, as Subversion's FSFS has
/// them in base 2), so that a manifest of one of the first 256 dumps of a generation is read in at most five objects.
/// Where an edit of the base itself is short, it is that, and the manifest is read in two.
///
/// Format, before compression: version, depth, the parent's reference or in a base kind of fingerprints and secret, the
/// objects that the parent's list does not have with their pages of record hashes, then steps. A step is a number n: even, copy n/2 of the
/// parent's spans from a position that follows; odd, n/2 new spans follow.
public struct StateIndex: Sendable {
  /// A manifest by which a later one can be described.
  public struct Link: Sendable {
    /// Where its description stands.
    public var ref: StateRef
    /// How deep below the base.
    public var depth: Int
    /// The manifest itself.
    public var manifest: Manifest
    /// Of which manifest it is described as an edit; nil of a base.
    public var parent: StateRef?

    /// Puts them together.
    public init(ref: StateRef, depth: Int, manifest: Manifest, parent: StateRef? = nil) {
      self.ref = ref
      self.depth = depth
      self.manifest = manifest
      self.parent = parent
    }
  }

  enum Step {
    case copy(from: Int, count: Int)
    case insert([Span])
  }

  private static let version: UInt64 = 4

  /// How deep below its base the manifest is.
  public let depth: Int
  /// What it is an edit of; nil in a base.
  public let parent: StateRef?
  /// Of a base; an edit has that of its parent.
  private let fingerprinter: Fingerprinter?
  private let addedObjects: [StoredObject]
  private let steps: [Step]

  /// The depth of the manifest that one of depth `depth` is described by.
  public static func parentDepth(of depth: Int) -> Int {
    if depth == 0 { return 0 }
    // The digit that the lowest bit is in, of two bits each.
    return depth & ~(3 << (depth.trailingZeroBitCount & ~1))
  }

  /// Describes a manifest as an edit of one of those that were read with the last one, which is the last of `chain`.
  public static func encode(_ manifest: Manifest, after chain: [Link]) -> [UInt8] {
    let depth = (chain.last?.depth ?? -1) + 1
    guard let base = chain.first else { return encode(manifest, depth: depth, parent: nil) }
    // What the last one lacks among its ancestors stands for itself in the next one that it has.
    let parent = chain.first { $0.depth >= parentDepth(of: depth) } ?? base
    let edit = encode(manifest, depth: depth, parent: base)
    let short = min(shortEdit, manifest.byteCount / 256)
    return parent.depth == base.depth || edit.count <= short
      ? edit : encode(manifest, depth: depth, parent: parent)
  }

  /// Up to so many bytes an edit of a base is preferred to an even shorter one.
  private static let shortEdit = 32 << 10

  /// Describes a manifest; `parent` must be of a depth between ``parentDepth(of:)`` and its own, or a base; nil for a base.
  public static func encode(_ manifest: Manifest, depth: Int, parent: Link?) -> [UInt8] {
    precondition((parent == nil) == (depth == 0), "a base has no parent, and nothing else is a base")
    var out = ByteBuffer(capacity: 4096)
    out.appendVarint(version)
    out.appendVarint(UInt64(depth))
    if let parent {
      // An edit may be carried by events: the secret is in the base alone.
      precondition(parent.manifest.fingerprinter.secret == manifest.fingerprinter.secret)
      precondition(parent.depth < depth && (parent.depth == 0 || parent.depth >= parentDepth(of: depth)))
      append(parent.ref.object, to: &out)
      out.appendVarint(UInt64(parent.ref.offset))
      out.appendVarint(UInt64(parent.ref.length))
      append(parent.ref.sha256, to: &out)
    } else {
      out.append(manifest.fingerprinter.algorithm.rawValue)
      out.append(manifest.fingerprinter.secret)
    }
    let inherited = parent?.manifest.objects.count ?? 0
    precondition(parent.map { manifest.objects.starts(with: $0.manifest.objects) } ?? true)
    out.appendVarint(UInt64(manifest.objects.count - inherited))
    for object in manifest.objects[inherited...] {
      append(object.key, to: &out)
      out.appendVarint(UInt64(object.pages.count))
      for page in object.pages { out.appendVarint(UInt64(page)) }
    }
    for step in steps(from: parent?.manifest.spans ?? [], to: manifest.spans) {
      switch step {
      case .copy(let from, let count):
        out.appendVarint(UInt64(count) << 1)
        out.appendVarint(UInt64(from))
      case .insert(let spans):
        out.appendVarint(UInt64(spans.count) << 1 | 1)
        append(spans, to: &out)
      }
    }
    return out.array()
  }

  /// Reads a description.
  /// - Throws: ``Failure/Kind/badData`` if it is damaged or of a later version.
  public init(decoding bytes: [UInt8]) throws(Failure) {
    var reader = ByteReader(bytes)
    let version = try reader.varint()
    guard version == Self.version else {
      throw Failure(.badData, "the manifest has format \(version); this program reads \(Self.version)")
    }
    depth = try reader.number()
    if depth > 0 {
      fingerprinter = nil
      let object = try Self.string(&reader)
      let (offset, length) = (try reader.number(Int.self), try reader.number(Int.self))
      parent = StateRef(
        object: object, offset: offset, length: length, sha256: try Self.string(&reader))
    } else {
      guard let algorithm = Fingerprinter.Algorithm(rawValue: try reader.byte()) else {
        throw Failure(.badData, "the manifest is damaged: it has fingerprints of an unknown kind")
      }
      fingerprinter = Fingerprinter(
        secret: try reader.take(Fingerprinter.secretLength), algorithm: algorithm)
      parent = nil
    }
    var objects: [StoredObject] = []
    for _ in 0..<(try reader.number(Int.self)) {
      var object = StoredObject(key: try Self.string(&reader))
      for _ in 0..<(try reader.number(Int.self)) { object.pages.append(try reader.number()) }
      guard object.pages.allSatisfy({ $0 < 1 << 56 }) else {
        throw Failure(.badData, "the manifest is damaged: record hashes at no place")
      }
      objects.append(object)
    }
    addedObjects = objects
    var steps: [Step] = []
    while !reader.isAtEnd {
      let word = try reader.varint()
      guard let count = Int(exactly: word >> 1) else { throw Failure(.badData, "the manifest is damaged") }
      if word & 1 == 0 {
        steps.append(.copy(from: try reader.number(), count: count))
      } else {
        steps.append(.insert(try Self.spans(&reader, count: count)))
      }
    }
    self.steps = steps
  }

  /// The manifest, given the one it is an edit of.
  /// - Throws: ``Failure/Kind/badData`` if the two do not fit.
  public func manifest(parent: Manifest?) throws(Failure) -> Manifest {
    guard (parent == nil) == (depth == 0), let fingerprinter = fingerprinter ?? parent?.fingerprinter else {
      throw Failure(
        .badData, "the manifest is damaged: it is at depth \(depth), which does not fit its parent")
    }
    let base = parent?.spans ?? []
    if parent == nil, steps.count == 1, case .insert(let all) = steps[0] {
      return try checked(Manifest(spans: all, objects: addedObjects, fingerprinter: fingerprinter))
    }
    var spans: [Span] = []
    spans.reserveCapacity(base.count + base.count / 8)
    for step in steps {
      switch step {
      case .insert(let new): spans += new
      case .copy(let from, let count):
        guard from >= 0, from <= base.count, count <= base.count - from else {
          throw Failure(.badData, "the manifest is damaged: it copies spans that its parent does not have")
        }
        spans += base[from..<from + count]
      }
    }
    let objects = (parent?.objects ?? []) + addedObjects
    return try checked(Manifest(spans: spans, objects: objects, fingerprinter: fingerprinter))
  }

  private func checked(_ manifest: Manifest) throws(Failure) -> Manifest {
    guard manifest.spans.allSatisfy({ $0.object < manifest.objects.count }) else {
      throw Failure(.badData, "the manifest is damaged: it names an object that is not in its list")
    }
    for (last, span) in zip(manifest.spans, manifest.spans.dropFirst())
    where span.frameOffset == last.frameOffset && span.frameLength != last.frameLength
      && span.object == last.object
    {
      throw Failure(.badData, "the manifest is damaged: one frame has two lengths")
    }
    return manifest
  }

  // MARK: - Steps

  private static func steps(from old: [Span], to new: [Span]) -> [Step] {
    if old.isEmpty { return new.isEmpty ? [] : [.insert(new)] }
    var table: SpanTable?
    var steps: [Step] = []
    var inserted = 0
    var expected = 0
    var position = 0
    while position < new.count {
      // What was stored or taken apart just now is in no earlier list; what follows it stood next.
      var start = expected
      while start < min(old.count, expected + 8), !old[start].isIdentical(to: new[position]) { start += 1 }
      if start == min(old.count, expected + 8), new[position].kind != .block || inserted > 64 {
        if table == nil { table = SpanTable(old) }
        start = table?.position(of: new[position].fingerprint, in: old) ?? old.count
      }
      var count = 0
      while start + count < old.count, position + count < new.count,
        old[start + count].isIdentical(to: new[position + count])
      {
        count += 1
      }
      if count == 0 {
        inserted += 1
        position += 1
      } else {
        if inserted > 0 { steps.append(.insert(Array(new[position - inserted..<position]))) }
        inserted = 0
        steps.append(.copy(from: start, count: count))
        position += count
        expected = start + count
      }
    }
    if inserted > 0 { steps.append(.insert(Array(new[(position - inserted)...]))) }
    return steps
  }
}

extension Span {
  fileprivate func isIdentical(to other: Span) -> Bool {
    isSame(as: other) && object == other.object && frameOffset == other.frameOffset && offset == other.offset
      && firstRecord == other.firstRecord
  }
}
