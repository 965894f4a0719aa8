import CCurl

/// A long body on its way: libcurl takes it bit by bit instead of copying all of it first, so that a part of an object is in
/// memory once.
@safe final class SentBody {
  /// What is no longer than this libcurl copies, in bytes.
  static let mostCopied = 64 << 10

  private let bytes: [UInt8]
  private var sent = 0

  /// Nil if libcurl has a copy, or there is no body.
  init?(_ bytes: [UInt8]?) {
    guard let bytes, bytes.count > Self.mostCopied else { return nil }
    self.bytes = bytes
  }

  /// Makes it the body of a request, whose handle must not outlive this.
  func attach(to easy: UnsafeMutableRawPointer) {
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe strandline_set_body(easy, curl_off_t(bytes.count), readBody, seekBody, context)
  }

  fileprivate func read(into room: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(room.count, bytes.count - sent)
    unsafe bytes.withUnsafeBytes { all in
      unsafe room.copyBytes(from: all[sent..<sent + count])
    }
    sent += count
    return count
  }

  /// Whoever has to authenticate first sends it once more.
  fileprivate func seek(to offset: Int) -> Int32 {
    guard (0...bytes.count).contains(offset) else { return CURL_SEEKFUNC_FAIL }
    sent = offset
    return CURL_SEEKFUNC_OK
  }
}

private func readBody(
  _ room: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context = unsafe context else { return 0 }
  let body = unsafe Unmanaged<SentBody>.fromOpaque(context).takeUnretainedValue()
  return unsafe body.read(into: UnsafeMutableRawBufferPointer(start: room, count: size * count))
}

private func seekBody(
  _ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32
) -> Int32 {
  guard let context = unsafe context, origin == SEEK_SET else { return CURL_SEEKFUNC_CANTSEEK }
  return unsafe Unmanaged<SentBody>.fromOpaque(context).takeUnretainedValue().seek(to: Int(offset))
}
