import Basics
public import Hashing

/// Lays a whole dump out in order: the base of a new generation.
public struct BaseBuilder: ~Copyable {
  private let fingerprinter: Fingerprinter
  private let object: String
  private var spans: [Span] = []
  private var pack = PackBuilder()

  /// - Parameter object: the key under which the base will be stored.
  public init(object: String, fingerprinter: Fingerprinter) {
    self.object = object
    self.fingerprinter = fingerprinter
  }

  /// Adds the next span of the dump.
  public mutating func add(_ span: Span, _ bytes: UnsafeRawBufferPointer) {
    let place = unsafe pack.add(bytes)
    var span = span
    span.object = 0
    span.frameOffset = UInt64(place.frame)
    span.offset = place.offset
    spans.append(span)
  }

  /// Hands over what is ready to be written.
  public mutating func drain<E: Error>(
    atLeast threshold: Int = 1, _ body: (UnsafeRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    try unsafe pack.drain(atLeast: threshold, body)
  }

  /// Ends the last frame; the manifest of the same dump with its new places.
  public mutating func finish() -> Manifest {
    pack.settle(&spans, of: 0)
    return Manifest(spans: spans, objects: [object], fingerprinter: fingerprinter)
  }

  /// Adds the state's description, after ``finish()``; tells where it is.
  public mutating func addSection(_ bytes: [UInt8]) -> Range<Int> { pack.addSection(bytes) }
}
