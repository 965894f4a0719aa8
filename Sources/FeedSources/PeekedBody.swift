import Basics
import Converting
import Hashing

/// A body whose first bytes can be looked at before they are read.
final class PeekedBody: BodyAround {
  let inner: any SourceBody
  private var first: [UInt8] = []
  private var handedOn = 0
  private var isAtEnd = false
  /// A failure that came while it was looked at: it is for whoever reads.
  private var failure: Failure?
  private var digest: SHA256?

  init(_ inner: any SourceBody) { self.inner = inner }

  var expectedBytes: Int? { inner.expectedBytes }

  var original: OriginalBytes? {
    digest.map { OriginalBytes(sha256: hex($0.digest())) } ?? inner.original
  }

  /// The first bytes: so many at least, or all there are. Before anything is read.
  func peek(_ count: Int) -> [UInt8] {
    var piece = ByteBuffer(capacity: 64 << 10)
    while first.count < count, !isAtEnd, failure == nil {
      piece.truncate()
      let inner = inner
      do throws(Failure) {
        let made = try unsafe piece.append(atMost: 64 << 10) { (room) throws(Failure) in
          try unsafe inner.read(into: room)
        }
        isAtEnd = made == 0
        first += piece.array()
      } catch {
        failure = error
      }
    }
    return first
  }

  /// Says from now on which bytes came, by their SHA-256. Before anything is read.
  func noteDigest() { digest = SHA256() }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    let count: Int
    if handedOn < first.count {
      count = min(first.count - handedOn, destination.count)
      unsafe destination.copyBytes(from: first[handedOn..<handedOn + count])
      handedOn += count
      if handedOn == first.count {
        first = []
        handedOn = 0
      }
    } else {
      if let failure { throw failure }
      if isAtEnd { return 0 }
      count = try unsafe inner.read(into: destination)
    }
    unsafe digest?.update(UnsafeRawBufferPointer(rebasing: destination[..<count]))
    return count
  }
}

/// Text without a stated encoding, which is refused if it plainly is no UTF-8.
final class GuessedBody: BodyAround {
  private let peeked: PeekedBody
  private var failure: Failure?
  private var isFirst = true
  var inner: any SourceBody { peeked }
  var expectedBytes: Int? { peeked.expectedBytes }

  init(_ inner: any SourceBody) { peeked = PeekedBody(inner) }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    if isFirst {
      isFirst = false
      if let other = EncodingGuess.other(
        Array(peeked.peek(EncodingGuess.length).prefix(EncodingGuess.length)))
      {
        failure = Failure(
          .badData,
          "\(name) \(other.reason), and dumps are UTF-8 unless the feed file says otherwise: set "
            + "source.encoding to \(other.name)")
      }
    }
    if let failure { throw failure }
    return try unsafe peeked.read(into: destination)
  }
}
