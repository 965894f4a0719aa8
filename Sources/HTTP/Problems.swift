import CCurl

extension Transfer {
  private var name: String { masked(url: address.url) }

  /// `12 of 100 bytes`, as far as it is known.
  private var progress: String {
    let got = offset + wireBytes
    return contentLength.map { "\(got) of \(offset + $0) bytes" } ?? "\(got) bytes of an unknown number"
  }

  /// Why a server may break off a connection by TLS before it has answered anything.
  private var guess: String {
    // It says so, but whoever writes first may not come to hear it.
    address.url.hasPrefix("https:") && !hasCertificate
      ? "; perhaps it wants a client's certificate (source.tls)" : ""
  }

  /// The error of a server that keeps us waiting.
  func problem(_ stall: Stall) -> HTTPError {
    switch stall {
    case .noAnswer(let seconds):
      HTTPError(
        .unreachable, "\(name) sent nothing for \(short(seconds)) s; allow it more time if it needs it")
    case .slow(let rate, let seconds):
      HTTPError(
        .truncated,
        "\(name) sent less than \(short(rate)) bytes a second for \(short(seconds)) s and was given up: "
          + "got \(progress)", isTransient: true)
    }
  }

  /// The error of a transfer that ended with this code, which is not `CURLE_OK`.
  func problem(_ code: CURLcode) -> HTTPError {
    let reason = reasonText(code)
    if let problem = trustProblem(code, name, reason) { return problem }
    switch code {
    // Not to be asked again: a proxy locks accounts as others do.
    case _ where proxyStatus == 407:
      var error = HTTPError(.status(407), "\(name) cannot be reached: \(reason)\(HTTPError.proxyAdvice)")
      error.refusesProxy = true
      return error
    case CURLE_URL_MALFORMAT:
      return HTTPError(.badRequest, "the URL \(name) cannot be used: \(reason)")
    case CURLE_ABORTED_BY_CALLBACK:
      return HTTPError(.unreachable, "\(name) closed the connection without an answer", isTransient: true)
    case CURLE_WRITE_ERROR:
      return HTTPError(.malformed, "\(name) answered with more than \(Self.headerLimit >> 10) KiB of headers")
    case CURLE_OPERATION_TIMEDOUT:
      return HTTPError(
        wireBytes > 0 ? .truncated : .unreachable,
        wireBytes > 0
          ? "\(name) took too long: got \(progress) (\(reason))" : "\(name) took too long: \(reason)",
        // Asking again what took too long would only burden the server; a connection that hung is another matter.
        isTransient: !isConnected)
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT,
      CURLE_SSL_CONNECT_ERROR:
      return HTTPError(.unreachable, "\(name) cannot be reached: \(reason)", isTransient: true)
    // The scheme was checked before, so an unsupported protocol is an answer without a status line.
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL:
      return HTTPError(.malformed, "\(name) answered with something that is not HTTP: \(reason)")
    default:
      if wireBytes > 0 || status != 0 {
        return HTTPError(.truncated, "\(name) broke off: got \(progress) (\(reason))", isTransient: true)
      }
      return HTTPError(.unreachable, "\(name) did not answer: \(reason)\(guess)", isTransient: true)
    }
  }
}

/// libcurl's own words about what went wrong.
/// - Parameter reason: what it wrote into its error buffer.
func reasonText(_ code: CURLcode, _ reason: UnsafeMutablePointer<CChar>) -> String {
  let text = unsafe String(cString: reason)
  // The first text there is is kept: this one is a remark about a server that had hung up already.
  guard text.isEmpty || text.hasPrefix("getpeername") else { return text }
  return unsafe String(cString: strandline_easy_strerror(code))
}

/// The error of a server that is not trusted, or trusts us not; nil for any other code.
func trustProblem(_ code: CURLcode, _ name: String, _ reason: String) -> HTTPError? {
  switch code {
  case CURLE_SSL_CACERT_BADFILE:
    HTTPError(
      .badRequest,
      "\(name): the file of trusted authorities (source.tls.ca, CURL_CA_BUNDLE or SSL_CERT_FILE) is no good: \(reason)"
    )
  case CURLE_SSL_CERTPROBLEM:
    HTTPError(
      .badRequest,
      "\(name): the client's certificate, its key or the key's password (source.tls) is no good: \(reason)")
  // With TLS 1.3 a server says so only after the handshake.
  case _ where reason.contains("certificate required") || reason.contains("alert bad certificate"):
    HTTPError(
      .badRequest, "\(name) wants a client's certificate, or another one (source.tls): \(reason)")
  case CURLE_PEER_FAILED_VERIFICATION:
    HTTPError(
      .unreachable,
      "\(name): its certificate is not trusted (\(reason)); if it is signed by an authority of your own, "
        + "name that authority's PEM file in source.tls.ca, or in CURL_CA_BUNDLE or SSL_CERT_FILE")
  default: nil
  }
}

private func short(_ number: Double) -> String {
  number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
}
