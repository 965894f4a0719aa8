import Documents
import HTTP

/// The error of an answer that is no dump.
/// - Parameter isKnown: whether whoever asked showed credentials of any kind.
func refusal(of response: HTTPResponse, to question: HTTPRequest, isKnown: Bool) -> HTTPError {
  var error: HTTPError
  do {
    try response.requireSuccess()
    error = HTTPError(
      .status(response.status), "\(response.maskedURL) answered \(response.status), which is no whole dump")
  } catch let thrown {
    error = thrown
  }
  let advice: String? =
    switch response.status {
    case 401 where response.leftOutSecrets, 403 where response.leftOutSecrets:
      ": it was redirected there from another origin, and credentials are told to one origin only; "
        + "name the address itself as the source"
    case 401: ": " + unauthorised(response, question.credentials)
    case 403 where question.credentials == .negotiate: ": " + Kerberos.noAccess
    case 403: ": the user or token has no access to it, or none was given (source.auth)"
    case 407: HTTPError.proxyAdvice
    case 404, 410: ": check the address, or wait until the dump is there"
    case 400: ": check the query, form or body"
    case 415: ": check the Content-Type in source.headers"
    case 300..<400: ": it leads nowhere"
    default: nil
    }
  if let advice { error.message += advice }
  switch response.status {
  case 401 where question.credentials == .negotiate: Kerberos.judge(response, &error)
  case 401: error.refusesLogin = true
  case 407: error.refusesProxy = true
  case 403:
    // Some say so to whoever asks too often; and who is refused without a name has no account to be locked.
    error.retryAfter = response.headers.retryAfter()
    error.refusesLogin = isKnown && error.retryAfter == nil && question.credentials != .negotiate
  default: break
  }
  return error
}

/// Whether OAuth 2 refuses a client (RFC 6749, 5.2): some say so with 400.
func refusesClient(_ response: HTTPResponse) -> Bool {
  struct Refusal: Decodable { var error: String }
  guard response.status == 400, let answer = try? response.readAll(limit: 64 << 10),
    let refusal = try? Documents.decode(Refusal.self, from: answer, name: "")
  else { return false }
  return ["invalid_client", "unauthorized_client", "invalid_grant"].contains(refusal.error)
}

private func unauthorised(_ response: HTTPResponse, _ credentials: HTTPCredentials) -> String {
  let offered = response.headers.all("WWW-Authenticate").compactMap {
    $0.split(separator: " ").first.map { $0.filter { $0 != "," } }
  }
  func isOffered(_ scheme: String) -> Bool { offered.contains { $0.lowercased() == scheme.lowercased() } }
  let list = offered.isEmpty ? "nothing" : offered.joined(separator: ", ")
  switch credentials {
  case .none:
    return
      "check the user, password or token; none was given (it offers \(list)): say who asks in source.auth"
  case .ntlm where !isOffered("NTLM"): return "it does not offer NTLM, but \(list): check source.auth.method"
  case .ntlm: return "check the user, password or token; a user of a domain is written DOMAIN\\user"
  case .negotiate where !isOffered("Negotiate"):
    return "it does not offer Negotiate, but \(list): check source.auth.method"
  case .negotiate: return Kerberos.advice(response.missingTicket)
  case .basic where !offered.isEmpty && !isOffered("Basic"):
    return "it does not offer Basic, but \(list): check source.auth.method"
  default: return "check the user, password or token"
  }
}
