import CCurl

/// The options by which a server learns who asks.
func authentication(
  _ credentials: HTTPCredentials, _ address: Address
) throws(HTTPError) -> [(CURLoption, OptionValue)] {
  switch credentials {
  case .none: return []
  case .basic(let user, let password):
    return [
      (CURLOPT_HTTPAUTH, .number(strandline_auth_basic)), (CURLOPT_USERNAME, .text(user)),
      (CURLOPT_PASSWORD, .text(password)),
    ]
  case .bearer(let token):
    return [
      (CURLOPT_HTTPAUTH, .number(strandline_auth_bearer)), (CURLOPT_XOAUTH2_BEARER, .text(token)),
    ]
  case .ntlm(let user, let password):
    return [
      (CURLOPT_HTTPAUTH, .number(strandline_auth_ntlm)),
      (CURLOPT_USERNAME, .text(try asciiUser(user, address))),
      (CURLOPT_PASSWORD, .bytes(try latin1(password, address))),
      // It authenticates a connection, and HTTP/2 has several requests in one.
      (CURLOPT_HTTP_VERSION, .number(strandline_http_1_1)),
    ]
  case .negotiate:
    return [
      // An empty user: who asks is in the ticket.
      (CURLOPT_HTTPAUTH, .number(strandline_auth_negotiate)), (CURLOPT_USERNAME, .text("")),
      (CURLOPT_PASSWORD, .text("")), (CURLOPT_HTTP_VERSION, .number(strandline_http_1_1)),
    ]
  }
}

/// libcurl makes UTF-16 of a password, as NTLM wants it, by putting a zero behind each byte: right for ISO 8859-1 and for
/// nothing else.
private func latin1(_ password: String, _ address: Address) throws(HTTPError) -> [UInt8] {
  var bytes: [UInt8] = []
  // What is written as a letter and an accent is put together as far as Latin goes; Windows stores it so.
  for character in password {
    let scalars = Array(String(character).unicodeScalars)
    let whole = scalars.count == 2 ? composed(scalars[0], scalars[1]) : scalars.count == 1 ? scalars[0] : nil
    guard let whole, whole.value < 256 else {
      throw HTTPError(
        .badRequest,
        "\(masked(url: address.url)): the password has a character outside of ISO 8859-1 (such as € or ł), which libcurl "
          + "cannot send by NTLM: change the password, or use another way to authenticate")
    }
    bytes.append(UInt8(whole.value))
  }
  return bytes
}

/// NTLM hashes the user in capitals, which libcurl makes of ASCII alone.
private func asciiUser(_ user: String, _ address: Address) throws(HTTPError) -> String {
  guard user.utf8.allSatisfy({ $0 < 128 }) else {
    throw HTTPError(
      .badRequest,
      "\(masked(url: address.url)): the user has a character outside of ASCII, which libcurl cannot send by NTLM: use "
        + "another account, or another way to authenticate")
  }
  return user
}

/// A letter with an accent of ISO 8859-1.
private func composed(_ letter: Unicode.Scalar, _ accent: Unicode.Scalar) -> Unicode.Scalar? {
  (0xC0...0xFF).lazy.compactMap { (value: UInt32) in Unicode.Scalar(value) }
    // Strings are equal if they are canonically equivalent.
    .first { String($0) == String(String.UnicodeScalarView([letter, accent])) }
}

/// The options of TLS that a request or the settings decide.
func identification(
  _ identity: HTTPIdentity, _ settings: HTTPSettings
) throws(HTTPError) -> [(CURLoption, OptionValue)] {
  var options: [(CURLoption, OptionValue)] = []
  if let file = identity.caFile ?? settings.caFile { options.append((CURLOPT_CAINFO, .text(file))) }
  guard let certificate = identity.certificate else { return options }
  let isPKCS12 = [".p12", ".pfx"].contains { certificate.lowercased().hasSuffix($0) }
  options += [
    (CURLOPT_SSLCERT, .text(certificate)), (CURLOPT_SSLCERTTYPE, .text(isPKCS12 ? "P12" : "PEM")),
  ]
  if !isPKCS12 { options.append((CURLOPT_SSLKEY, .text(identity.key ?? certificate))) }
  // Without one OpenSSL would ask on the terminal.
  options.append((CURLOPT_KEYPASSWD, .text(identity.password ?? "")))
  return options
}
