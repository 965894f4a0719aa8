import Basics
import Records

/// How a web server is asked.
func web(_ section: Section, _ source: Source) throws(Failure) -> Source.Web {
  var web = Source.Web()
  web.query = try parameters(section, "query")
  web.content = try content(section, source)
  switch try section.choice("method", Method.self) {
  case .get where web.content != nil:
    throw section.failure("method", "is GET, which carries no form or body: leave it out, or say POST")
  case .post: web.isPost = true
  default: web.isPost = web.content != nil
  }
  web.timeZone = try timeZone(section)
  web.tls = section.has("tls") ? try tls(section.section("tls")) : nil
  web.pages = section.has("pages") ? try pages(section.section("pages"), source) : nil
  web.login = section.has("login") ? try login(section.section("login")) : nil
  web.resumes = try required(section.number("resume"))
  guard web.resumes <= 1000 else { throw section.failure("resume", "is at most 1000") }
  if let text = try section.text("rate") {
    guard let rate = Source.Rate(text) else {
      throw section.failure(
        "rate",
        "cannot be \(quoted(text)): it is a number of requests and a time, such as 2/s, 30/m or 1000/h")
    }
    web.rate = rate
  }
  return web
}

private enum Method: String, CaseIterable {
  case get = "GET"
  case post = "POST"
}

private func content(_ section: Section, _ source: Source) throws(Failure) -> Source.Web.Content? {
  let form = try parameters(section, "form")
  let body = try section.text("body")
  guard let body else { return form.isEmpty ? nil : .form(form) }
  guard !section.has("form") else {
    throw section.failure("body", "stands beside form: leave one of them out")
  }
  guard source.headers.contains(where: { $0.key.lowercased() == "content-type" }) else {
    throw section.failure(
      "body", "needs to be told of: headers: { Content-Type: application/json }, or whatever it is")
  }
  try checkDates(body, section, "body")
  return .text(body)
}

/// Names and values of a query or form, none of them a secret.
private func parameters(_ section: Section, _ name: String) throws(Failure) -> [String: [String]] {
  var parameters: [String: [String]] = [:]
  for (parameter, line, values) in try section.lists(name) {
    let place = "\(section.file):\(line): \(section.path).\(name)"
    guard !parameter.isEmpty else { throw Failure(.settings, "\(place): a name is empty") }
    try refuseSecret(parameter, place)
    for value in values { try checkDates(value, section, name) }
    parameters[parameter] = values
  }
  return parameters
}

/// A name that can only be that of a secret.
func refuseSecret(_ name: String, _ place: String) throws(Failure) {
  let plain = name.lowercased().filter { $0 != "_" && $0 != "-" && $0 != "." }
  let secret = [
    "password", "passwd", "pwd", "secret", "clientsecret", "token", "accesstoken", "apikey", "apitoken",
  ]
  guard secret.contains(plain) else { return }
  throw Failure(
    .settings,
    "\(place): \(quoted(name)) would put a secret into the feed file: use source.auth, or login with form_env, with the"
      + " secret in an environment variable")
}

/// Makes sure that dates in a text can be understood.
func checkDates(_ text: String, _ section: Section, _ name: String) throws(Failure) {
  do { _ = try DatedText(text) } catch { throw section.failure(name, "cannot be dated: \(error.message)") }
}

/// The zone of dates.
func timeZone(_ section: Section) throws(Failure) -> String? {
  guard let name = try section.text("time_zone") else { return nil }
  let isPlain = name.utf8.allSatisfy {
    isTokenByte($0) && !"!#$%&'*.^`|~".utf8.contains($0) || $0 == UInt8(ascii: "/")
  }
  guard isPlain, name.utf8.first != UInt8(ascii: "/"), name.utf8.count <= 100 else {
    throw section.failure("time_zone", "cannot be \(quoted(name)): it is a name such as Europe/Berlin or UTC")
  }
  return name
}

/// Whom to trust, and what to show.
func tls(_ section: Section) throws(Failure) -> Source.TLS {
  let tls = Source.TLS(
    ca: try section.text("ca"), certificate: try section.text("certificate"), key: try section.text("key"),
    password: try secret(section, "password"))
  if tls.certificate == nil {
    for name in ["key", "password_env", "password_file"] where section.has(name) {
      throw section.failure(name, "is for a certificate, and there is none")
    }
    guard tls.ca != nil else {
      throw Failure(
        .settings,
        "\(section.file):\(section.line): source.tls names nothing: give ca, the authorities to trust, or certificate"
      )
    }
  }
  let isPKCS12 = [".p12", ".pfx"].contains { tls.certificate?.lowercased().hasSuffix($0) ?? false }
  if isPKCS12, tls.key != nil {
    throw section.failure("key", "stands beside a PKCS#12 file, which has its key inside: leave it out")
  }
  return tls
}

/// What a dump has to be like.
func expect(_ section: Section, _ location: Source.Location) throws(Failure) -> Source.Expect {
  var expect = Source.Expect()
  if !isWeb(location) {
    for name in ["status", "content_type"] where section.has(name) {
      throw section.failure(name, "is what a web server answers with, and there is none")
    }
  }
  expect.status = []
  for text in try required(section.list("status")) {
    guard let status = digits(text.utf8, atMost: 3), (200...299).contains(status), status != 206 else {
      throw section.failure(
        "status", "cannot be \(quoted(text)): a dump comes with a status from 200 to 299, and not with 206")
    }
    expect.status.append(status)
  }
  if expect.status.isEmpty { throw section.failure("status", "names none") }
  expect.contentType = try section.list("content_type") ?? []
  for type in expect.contentType where !type.contains("/") || type.contains(";") {
    throw section.failure(
      "content_type", "cannot be \(quoted(type)): it is a type and a subtype, such as text/csv")
  }
  expect.beginsWith = try section.text("begins_with")
  expect.endsWith = try section.text("ends_with")
  for (name, text) in [("begins_with", expect.beginsWith), ("ends_with", expect.endsWith)] {
    if let text, text.utf8.count > 4096 { throw section.failure(name, "has more than 4096 bytes") }
  }
  expect.minBytes = try required(section.number("min_bytes"))
  expect.maxBytes = try required(section.number("max_bytes"))
  guard expect.minBytes <= expect.maxBytes else {
    throw section.failure("min_bytes", "is more than max_bytes")
  }
  return expect
}

private func login(_ section: Section) throws(Failure) -> Source.Login {
  guard let url = try section.text("url") else {
    throw section.failure("url", "is missing: say where the form is sent to")
  }
  try checkServer(url, section, "url")
  var form: [String: String] = [:]
  for (name, line, value) in try section.map("form") {
    try refuseSecret(name, "\(section.file):\(line): source.login.form")
    form[name] = value
  }
  var secrets: [String: Source.Secret] = [:]
  for kind in ["form_env", "form_file"] {
    for (name, line, value) in try section.map(kind) {
      guard form[name] == nil, secrets[name] == nil else {
        throw Failure(
          .settings, "\(section.file):\(line): source.login.\(kind): \(quoted(name)) is given elsewhere too")
      }
      if kind == "form_env", !isVariable(value) {
        throw Failure(
          .settings,
          "\(section.file):\(line): source.login.form_env: \(quoted(name)) is no name of an environment variable"
            + " (letters, digits and _); never the secret itself")
      }
      secrets[name] = kind == "form_env" ? .environment(value) : .file(value)
    }
  }
  guard !form.isEmpty || !secrets.isEmpty else {
    throw Failure(
      .settings,
      "\(section.file):\(section.line): source.login sends nothing: give form, and form_env for what is secret"
    )
  }
  return Source.Login(url: url, form: form, secrets: secrets)
}
