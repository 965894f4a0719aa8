public import Basics
import Coordination
public import FeedFile
public import FeedSources
import Glibc
import HTTP

extension Call {
  /// What to ask the feed's source for: headers, limits, and secrets from where the feed file says they are.
  /// - Throws: ``Failure/Kind/settings`` if a secret is not there.
  public func request(for loaded: LoadedFeed) throws(Failure) -> SourceRequest {
    let source = loaded.feed.source
    let location: SourceLocation
    var more: [String] = []
    switch source.location {
    case .url(let url) where DatabaseKind(url: url) == .odbc:
      location = try SourceLocation(
        sqliteFile(in: url) { (path) throws(Failure) in
          guard !loaded.folder.contains("://") else {
            throw Failure(
              .settings,
              "source.url: Database=\(path) is relative, and the feed file is no file: give an absolute path")
          }
          return resolve(path, in: loaded.folder)
        })
    case .url(let url): location = try SourceLocation(url)
    case .urls(let urls):
      location = try SourceLocation(urls[0])
      more = Array(urls.dropFirst())
    case .path(let path):
      let place = resolve(path, in: loaded.folder)
      // A feed file at a URL names what is beside it.
      location = loaded.folder.contains("://") ? try SourceLocation(place) : .file(place)
    }
    var request = SourceRequest(location)
    request.more = more
    request.format = source.format
    request.conversion = source.conversion
    request.take = source.take
    request.web = source.web
    request.expect = source.expect
    request.database = source.database
    request.scratch = Environment.value("TMPDIR") ?? request.scratch
    request.onInterruption = { [interruption] action in
      let number = interruption.add(action)
      return { interruption.remove(number) }
    }
    if let name = source.web.timeZone { request.zone = try Self.zone(name) }
    for (name, value) in source.headers.sorted(by: { $0.key < $1.key }) {
      request.headers.append(name, value)
    }
    if let auth = source.auth { try identify(&request, auth, in: loaded.folder) }
    if let tls = source.web.tls {
      request.identity.caFile = tls.ca.map { resolve($0, in: loaded.folder) }
      request.identity.certificate = tls.certificate.map { resolve($0, in: loaded.folder) }
      request.identity.key = tls.key.map { resolve($0, in: loaded.folder) }
      request.identity.password = try tls.password.map { (place) throws(Failure) in
        try secret(place, "source.tls", in: loaded.folder)
      }
    }
    for (name, place) in source.web.login?.secrets ?? [:] {
      request.login[name] = try secret(place, "source.login", in: loaded.folder)
    }
    request.secrets = try secrets(of: source, request.identity, in: loaded.folder)
    // As libcurl takes them; without a user there is no account that could be locked.
    for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
      if let proxy = Environment.value(name), proxy.contains("@") { request.proxySecrets.append(proxy) }
    }
    request.limits.connect = Double(source.connectTimeout.components.seconds)
    request.limits.answer = Double(source.timeout.components.seconds)
    request.limits.total = Double(source.timeout.components.seconds)
    // A database goes on by itself when nobody waits any more, unless it is told when to stop.
    if source.database != nil, let deadline = stores.deadline {
      let left = deadline.seconds(since: SystemClock().now())
      guard left > 0 else { throw Failure(.tryAgain, "there is no time left until the deadline") }
      request.limits.total = min(request.limits.total, left)
      request.limits.answer = request.limits.total
    }
    request.limits.slowBytesPerSecond = Double(source.lowSpeed)
    request.limits.slow = Double(source.lowSpeedTime.components.seconds)
    return request
  }

  /// What to ask a file for that is given instead of the feed's source: it is converted as the source is.
  /// - Parameter input: a path, a URL, or `-` for standard input.
  public func request(for input: String, like feed: Feed) throws(Failure) -> SourceRequest {
    var request = SourceRequest(try SourceLocation(input))
    request.format = feed.source.format
    request.conversion = feed.source.conversion
    return request
  }

  private func identify(
    _ request: inout SourceRequest, _ auth: Source.Credentials, in folder: String
  ) throws(Failure) {
    func secret(_ place: Source.Secret) throws(Failure) -> String {
      try self.secret(place, "source.auth", in: folder)
    }
    switch auth {
    case .basic(let user, let password):
      request.credentials = .basic(user: user, password: try secret(password))
    case .bearer(let token): request.credentials = .bearer(try secret(token))
    case .ntlm(let user, let password):
      request.credentials = .ntlm(user: user, password: try secret(password))
    case .negotiate: request.credentials = .negotiate
    case .key(let header, let key): request.headers[header] = try secret(key)
    case .client(let client): request.client = TokenClient(client, secret: try secret(client.secret))
    }
  }

  /// All that proves who asks, in an order that follows from the settings.
  private func secrets(
    of source: Source, _ identity: HTTPIdentity, in folder: String
  ) throws(Failure) -> Secrets {
    var secrets = Secrets()
    var places = source.auth?.secret.map { [("source.auth", $0)] } ?? []
    places += source.web.tls?.password.map { [("source.tls", $0)] } ?? []
    places += (source.web.login?.secrets ?? [:]).sorted { $0.key < $1.key }.map { ("source.login", $0.value) }
    for (field, place) in places { secrets.append(try secret(place, field, in: folder)) }
    // What is not there is told by whoever needs it.
    for file in [identity.certificate, identity.key].compactMap({ $0 }) {
      secrets.append(try SmallFile.contentsIfPresent(file) ?? [])
    }
    if source.auth == .negotiate {
      let keytab = Environment.value("KRB5_CLIENT_KTNAME") ?? "/etc/krb5/user/\(geteuid())/client.keytab"
      let file = keytab.hasPrefix("FILE:") ? String(keytab.dropFirst(5)) : keytab
      // Kerberos says what is wrong with one that cannot be read.
      if let bytes = try? SmallFile.contentsIfPresent(file) { secrets.append(bytes) }
    }
    if case .url(let url) = source.location, let kind = DatabaseKind(url: url) {
      try append(clientsOwn: kind, to: &secrets)
    }
    return secrets
  }

  /// What the clients of databases know from elsewhere: a password may be among it.
  private func append(clientsOwn kind: DatabaseKind, to secrets: inout Secrets) throws(Failure) {
    let home = Environment.value("HOME") ?? ""
    let names: [String]
    let files: [String]
    switch kind {
    case .redis: return
    case .postgresql:
      names = ["PGPASSWORD", "PGUSER"]
      files = [Environment.value("PGPASSFILE") ?? "\(home)/.pgpass"]
    case .odbc:
      names = []
      files = [Environment.value("ODBCINI") ?? "\(home)/.odbc.ini", "/etc/odbc.ini"]
    }
    for name in names { secrets.append(Environment.value(name) ?? "") }
    for file in files { secrets.append(try SmallFile.contentsIfPresent(file) ?? []) }
  }

  private func secret(
    _ place: Source.Secret, _ field: String, in folder: String
  ) throws(Failure) -> String {
    switch place {
    case .environment(let name):
      guard let value = Environment.value(name) else {
        throw Failure(.settings, "\(field): the environment variable \(name) is not set")
      }
      return value
    case .file(let path):
      let bytes = try SmallFile.contents(resolve(path, in: folder), for: "\(field): the file")
      var text = String(decoding: bytes, as: UTF8.self)
      while let last = text.utf8.last, last == 10 || last == 13 { text.unicodeScalars.removeLast() }
      return text
    }
  }

  /// Finds the rules of a time zone; nil where the system has none of that name.
  public var zoneIfPresent: @Sendable (String) -> ZoneRules? {
    { name in try? Call.zone(name) }
  }

  /// The rules of a time zone, from where the system keeps them.
  private static func zone(_ name: String) throws(Failure) -> ZoneRules {
    if ["UTC", "Etc/UTC", "Z"].contains(name) { return .utc }
    let folder = Environment.value("TZDIR") ?? "/usr/share/zoneinfo"
    guard !name.split(separator: "/", omittingEmptySubsequences: false).contains(where: { $0.isEmpty }),
      let bytes = try SmallFile.contentsIfPresent("\(folder)/\(name)"),
      let zone = ZoneRules(name: name, file: bytes)
    else {
      throw Failure(
        .settings,
        "source.time_zone: \(folder) has no zone \(name); it is a name such as Europe/Berlin, and zones are in the package tzdata"
      )
    }
    return zone
  }
}

extension Source.Credentials {
  /// Where the secret is, if there is one.
  fileprivate var secret: Source.Secret? {
    switch self {
    case .basic(_, let secret), .bearer(let secret), .ntlm(_, let secret), .key(_, let secret): secret
    case .client(let client): client.secret
    case .negotiate: nil
    }
  }
}
