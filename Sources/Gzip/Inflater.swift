import CZlib

/// Why compressed bytes cannot be read.
public enum GzipError: Error, Sendable, Equatable {
  /// What is read is no gzip, its check sum is wrong, or something else follows it; the text says which.
  case broken(String)

  /// For a person.
  public var reason: String {
    switch self {
    case .broken(let reason): reason
    }
  }
}

/// Undoes gzip (RFC 1952) as a stream, several members one after the other included, with 40 KB of memory.
///
/// A file cut between two members cannot be told from a whole one: that is gzip's own limit.
@safe public final class Inflater {
  private enum Place { case start, inside, between, padding }

  private let stream: UnsafeMutablePointer<z_stream>
  private var place = Place.start

  /// An inflater at the start of a stream.
  public init() {
    // zlib keeps the address of its stream, so it must not move.
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let result = unsafe strandline_inflate_begin(stream)
    precondition(result == Z_OK, "zlib cannot begin: out of memory, or another zlib than this was built with")
  }

  deinit {
    _ = unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Whether the stream may end here: at least one member was read, and none is half read.
  public var isWhole: Bool { place == .between || place == .padding }

  /// Inflates as much of `input` as fits into `output`, which is not empty.
  ///
  /// - Returns: how many bytes were taken and how many were made. Less than all is taken only if `output` is
  ///   full. Bytes may be owed with all of `input` taken: until nothing is made of an empty `input`.
  public func inflate(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(GzipError) -> (taken: Int, made: Int) {
    var taken = 0
    var made = 0
    while made < output.count {
      if place != .inside {
        guard taken < input.count else { break }
        if try unsafe skipPadding(input[taken]) {
          taken += 1
          continue
        }
      }
      let available = min(input.count - taken, 1 << 30)
      let room = min(output.count - made, 1 << 30)
      unsafe stream.pointee.next_in = UnsafeMutablePointer(
        mutating: input.baseAddress.map { unsafe ($0 + taken).assumingMemoryBound(to: UInt8.self) })
      unsafe stream.pointee.avail_in = UInt32(available)
      unsafe stream.pointee.next_out = (output.baseAddress! + made).assumingMemoryBound(to: UInt8.self)
      unsafe stream.pointee.avail_out = UInt32(room)
      let result = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
      taken += unsafe available - Int(stream.pointee.avail_in)
      made += unsafe room - Int(stream.pointee.avail_out)
      switch result {
      case Z_STREAM_END: place = .between
      case Z_OK: continue
      case Z_BUF_ERROR: return (taken, made)  // Nothing to do without more input.
      default: throw unsafe .broken(Self.reason(stream.pointee.msg))
      }
    }
    return (taken, made)
  }

  /// Between members: true if the byte is padding (tapes pad with zeros), else a new member begins with it.
  private func skipPadding(_ byte: UInt8) throws(GzipError) -> Bool {
    if byte == 0, place != .start {
      place = .padding
      return true
    }
    guard byte == 0x1f, place != .padding else {
      throw .broken(place == .start ? "it is no gzip" : "something that is no gzip follows it")
    }
    if place == .between { _ = unsafe inflateReset(stream) }
    place = .inside
    return false
  }

  private static func reason(_ message: UnsafePointer<CChar>?) -> String {
    unsafe message.map { unsafe String(cString: $0) } ?? "it is no gzip"
  }
}
