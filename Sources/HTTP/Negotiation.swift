import CCurl

/// Sees whether a Kerberos ticket is shown, and why not: libcurl goes on without one, and the reason is among the remarks
/// that it makes while it works, and nowhere else.
final class Negotiation {
  /// What libcurl begins its remark with, in all versions that know GSS-API.
  private static let remark = Array("gss_init_sec_context() failed: ".utf8)
  private static let header = "\r\nAuthorization: Negotiate "

  private var isShown = false
  private var reason = ""

  /// Why there was none to show; nil if there was.
  var missingTicket: String? {
    isShown ? nil : reason.isEmpty ? "libcurl does not say why" : reason
  }

  /// Listens to a handle, which has to be gone before this object is.
  func attach(to easy: UnsafeMutableRawPointer) {
    unsafe strandline_set_observer(easy, observe, Unmanaged.passUnretained(self).toOpaque())
  }

  /// The ticket itself is looked at, and kept nowhere.
  fileprivate func note(_ kind: curl_infotype, _ bytes: UnsafeRawBufferPointer) {
    switch kind {
    case CURLINFO_TEXT where unsafe bytes.starts(with: Self.remark):
      let words = unsafe String(decoding: bytes.dropFirst(Self.remark.count), as: UTF8.self)
      reason = trimmed(words[...])
      if reason.hasSuffix(".") { reason.removeLast() }
    case CURLINFO_HEADER_OUT where unsafe String(decoding: bytes, as: UTF8.self).contains(Self.header):
      isShown = true
    default: break
    }
  }
}

private func observe(
  _: UnsafeMutableRawPointer?, _ kind: curl_infotype, _ data: UnsafeMutablePointer<CChar>?, _ size: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int32 {
  guard let context = unsafe context else { return 0 }
  let negotiation = unsafe Unmanaged<Negotiation>.fromOpaque(context).takeUnretainedValue()
  unsafe negotiation.note(kind, UnsafeRawBufferPointer(start: data, count: size))
  return 0
}
