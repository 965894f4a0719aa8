import Basics
import Converting

/// What a converter makes of a body.
final class ConvertedBody: BodyAround {
  private static let piece = 64 << 10
  /// So much may be unpacked of however little.
  private static let unpackedFreely = 8 << 20

  let inner: any SourceBody
  private let converter: any Converter
  /// How many times as many bytes may come of those that were received; nil: any number.
  private let maxRatio: Int?
  private let maxBytes: Int
  private var input = ByteBuffer(capacity: piece)
  private var inputStart = 0
  private var output = ByteBuffer(capacity: piece)
  private var outputStart = 0
  private var taken = 0
  private var made = 0
  private var isAtEnd = false
  private var failure: Failure?

  let expectedBytes: Int? = nil
  var complaint: String? { inner.complaint ?? converter.complaint }
  var original: OriginalBytes? {
    var original = inner.original
    if let leftOut = converter.leftOut {
      original?.before = OriginalBytes.shortened(leftOut.before)
      original?.after = OriginalBytes.shortened(leftOut.after)
    }
    return original
  }

  /// - Parameters:
  ///   - maxRatio: for what unpacks: how many times as many bytes may come of it.
  ///   - maxBytes: more bytes than these are not taken in.
  init(_ inner: any SourceBody, _ converter: any Converter, maxRatio: Int? = nil, maxBytes: Int) {
    self.inner = inner
    self.converter = converter
    self.maxRatio = maxRatio
    self.maxBytes = maxBytes
  }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    if let failure { throw failure }
    do throws(Failure) {
      while outputStart == output.count {
        if try !convert() { return 0 }
      }
    } catch {
      failure = error
      throw error
    }
    let count = min(output.count - outputStart, destination.count)
    unsafe destination.copyMemory(
      from: UnsafeRawBufferPointer(rebasing: output.bytes[outputStart..<outputStart + count]))
    outputStart += count
    return count
  }

  /// One step; false at the end.
  private func convert() throws(Failure) -> Bool {
    output.truncate()
    outputStart = 0
    let count: Int
    do throws(ConversionError) {
      count = try unsafe converter.convert(
        UnsafeRawBufferPointer(rebasing: input.bytes[inputStart...]), atEnd: isAtEnd, to: &output)
    } catch {
      throw Failure(.badData, "\(name) \(error.message)")
    }
    inputStart += count
    made += output.count
    try checkRatio()
    if count > 0 || output.count > 0 { return true }
    if isAtEnd {
      guard inputStart == input.count else { throw Failure(.software, "\(name): bytes are left over") }
      return false
    }
    input.removeFirst(inputStart)
    inputStart = 0
    let inner = inner
    let received = try unsafe input.append(atMost: Self.piece) { (room) throws(Failure) in
      try unsafe inner.read(into: room)
    }
    isAtEnd = received == 0
    taken += received
    guard taken <= maxBytes else {
      throw Failure(
        .badData,
        "\(name): the source goes on after \(maxBytes) bytes and was given up; if it may be that long, set "
          + "source.expect.max_bytes")
    }
    return true
  }

  private func checkRatio() throws(Failure) {
    guard let maxRatio, made > Self.unpackedFreely, made / maxRatio > max(1, taken) else { return }
    throw Failure(
      .badData,
      "\(name) unpacks to more than \(maxRatio) times its size and was given up (after \(made) bytes of \(taken)): it may "
        + "be made to fill disks; if it is right, raise source.expect.max_ratio")
  }
}
