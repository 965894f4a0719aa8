import Basics

/// Who asks a web server.
func credentials(_ section: Section) throws(Failure) -> Source.Credentials {
  let kinds: [(given: Bool, read: (Section) throws(Failure) -> Source.Credentials)] = [
    (gives(section, ["user", "password_env", "password_file", "method"]), account),
    (gives(section, ["bearer_env", "bearer_file"]), bearer),
    (gives(section, ["header", "key_env", "key_file"]), key),
    (
      gives(
        section,
        [
          "token_url", "client_id", "client_secret_env", "client_secret_file", "client_auth", "scope",
          "audience",
        ]),
      client
    ),
  ]
  let given = kinds.filter(\.given)
  guard given.count == 1 else { throw neither(section) }
  return try given[0].read(section)
}

private func gives(_ section: Section, _ names: [String]) -> Bool { names.contains { section.has($0) } }

private func neither(_ section: Section) -> Failure {
  Failure(
    .settings,
    "\(section.file):\(section.line): source.auth is either { user: …, password_env: NAME } (with method: ntlm, if it is"
      + " that), { bearer_env: NAME }, { header: X-Api-Key, key_env: NAME }, { method: negotiate } or { token_url: …,"
      + " client_id: …, client_secret_env: NAME }; password_file and so on name a file instead of a variable")
}

private enum Method: String, CaseIterable { case basic, ntlm, negotiate }

private func account(_ section: Section) throws(Failure) -> Source.Credentials {
  let method = try section.choice("method", Method.self) ?? .basic
  let user = try section.text("user")
  let password = try secret(section, "password")
  if method == .negotiate {
    guard user == nil, password == nil else {
      throw section.failure(
        "method",
        "negotiate takes the Kerberos ticket of whoever runs the function (kinit, or KRB5_CLIENT_KTNAME): it has no user"
          + " and no password")
    }
    return .negotiate
  }
  guard let user, let password else { throw neither(section) }
  if method == .ntlm { return .ntlm(user: user, password: password) }
  guard !user.contains(":") else { throw section.failure("user", "cannot hold a colon (RFC 7617)") }
  return .basic(user: user, password: password)
}

private func bearer(_ section: Section) throws(Failure) -> Source.Credentials {
  guard let token = try secret(section, "bearer") else { throw neither(section) }
  return .bearer(token)
}

private func key(_ section: Section) throws(Failure) -> Source.Credentials {
  guard let header = try section.text("header"), let key = try secret(section, "key") else {
    throw neither(section)
  }
  guard header.utf8.count <= 200, header.utf8.allSatisfy(isTokenByte) else {
    throw section.failure("header", "is no name of a header")
  }
  return .key(header: header, key)
}

private enum ClientAuth: String, CaseIterable { case header, form }

private func client(_ section: Section) throws(Failure) -> Source.Credentials {
  guard let url = try section.text("token_url"), let id = try section.text("client_id"),
    let secret = try secret(section, "client_secret")
  else { throw neither(section) }
  try checkServer(url, section, "token_url")
  return .client(
    Source.Client(
      tokenURL: url, id: id, secret: secret, scope: try section.text("scope"),
      audience: try section.text("audience"),
      isInForm: try section.choice("client_auth", ClientAuth.self) == .form))
}

/// The address of a web server that is asked before the source is.
func checkServer(_ url: String, _ section: Section, _ name: String) throws(Failure) {
  try checkURL(url, section, name)
  if isObject(url) { throw section.failure(name, "begins with https:// or http://") }
}

/// The value is not shown: somebody may have put the secret itself here.
func secret(_ section: Section, _ name: String) throws(Failure) -> Source.Secret? {
  switch (try section.text(name + "_env"), try section.text(name + "_file")) {
  case (nil, nil): return nil
  case (nil, let file?): return .file(file)
  case (let variable?, nil):
    guard isVariable(variable) else {
      throw section.failure(
        name + "_env",
        "is no name of an environment variable (letters, digits and _); never the secret itself")
    }
    return .environment(variable)
  default:
    throw section.failure(name + "_file", "stands beside \(name)_env: leave one of them out")
  }
}

/// Whether a text may be the name of an environment variable.
func isVariable(_ text: String) -> Bool {
  text.utf8.allSatisfy {
    isTokenByte($0) && ($0 == UInt8(ascii: "_") || !"!#$%&'*+-.^`|~".utf8.contains($0))
  } && !text.isEmpty && digits(text.utf8.prefix(1), atMost: 1) == nil
}
