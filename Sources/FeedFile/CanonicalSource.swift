import Records

/// What is not given and has no effect is left out: a feed that says nothing new keeps the name of its settings.
extension Source {
  var canonical: JSONValue {
    var fields = format.canonical.merging(conversion.canonical) { $1 }.merging(asking) { $1 }
    fields["timeout"] = .text(timeout.feedFileText)
    fields["connect_timeout"] = .text(connectTimeout.feedFileText)
    fields["low_speed"] = .number(lowSpeed)
    fields["low_speed_time"] = .text(lowSpeedTime.feedFileText)
    var expected = expect.canonical
    if conversion.maxRatio != Conversion().maxRatio { expected["max_ratio"] = .number(conversion.maxRatio) }
    if !expected.isEmpty { fields["expect"] = .object(expected) }
    return .object(fields.merging(peace.canonical) { $1 })
  }

  /// Where it is, who asks and how.
  var asking: [String: JSONValue] {
    var fields = web.canonical
    if let take { fields["take"] = .text(take.rawValue) }
    switch location {
    case .url(let url): fields["url"] = .text(url)
    case .urls(let urls): fields["urls"] = .texts(urls)
    case .path(let path): fields["path"] = .text(path)
    }
    if !headers.isEmpty { fields["headers"] = .object(headers.mapValues(JSONValue.text)) }
    if let auth { fields["auth"] = auth.canonical }
    return fields.merging(database?.canonical ?? [:]) { $1 }
  }
}

extension JSONValue {
  fileprivate static func texts(_ texts: [String]) -> JSONValue { .list(texts.map(JSONValue.text)) }
  fileprivate static func texts(_ texts: [String: [String]]) -> JSONValue {
    .object(texts.mapValues(JSONValue.texts))
  }
}

extension Source.Credentials {
  fileprivate var canonical: JSONValue {
    switch self {
    case .basic(let user, let password):
      .object((user.isEmpty ? [:] : ["user": .text(user)]).merging(password.canonical("password")) { $1 })
    case .bearer(let token): .object(token.canonical("bearer"))
    case .ntlm(let user, let password):
      .object(["method": .text("ntlm"), "user": .text(user)].merging(password.canonical("password")) { $1 })
    case .negotiate: .object(["method": .text("negotiate")])
    case .key(let header, let key): .object(["header": .text(header)].merging(key.canonical("key")) { $1 })
    case .client(let client): .object(client.canonical)
    }
  }
}

extension Source.Client {
  fileprivate var canonical: [String: JSONValue] {
    var fields = secret.canonical("client_secret")
    fields["token_url"] = .text(tokenURL)
    fields["client_id"] = .text(id)
    if let scope { fields["scope"] = .text(scope) }
    if let audience { fields["audience"] = .text(audience) }
    if isInForm { fields["client_auth"] = .text("form") }
    return fields
  }
}

extension Source.Secret {
  fileprivate func canonical(_ name: String) -> [String: JSONValue] {
    switch self {
    case .environment(let variable): [name + "_env": .text(variable)]
    case .file(let path): [name + "_file": .text(path)]
    }
  }
}

extension Source.Conversion {
  fileprivate var canonical: [String: JSONValue] {
    var fields: [String: JSONValue] = [:]
    if compression != .auto { fields["compression"] = .text(compression.rawValue) }
    if let encoding { fields["encoding"] = .text(encoding) }
    if skip > 0 { fields["skip"] = .number(skip) }
    if let headerStartsWith { fields["header_starts_with"] = .text(headerStartsWith) }
    if let footer {
      fields["footer"] = .number(footer.lines)
      fields["footer_starts_with"] = .text(footer.startsWith)
    }
    if !record.isEmpty {
      fields["format"] = .text("xml")
      fields["record"] = .text(record.map { "/" + $0 }.joined())
    }
    return fields
  }
}

extension Source.Expect {
  fileprivate var canonical: [String: JSONValue] {
    let standard = Source.Expect()
    var fields: [String: JSONValue] = [:]
    if status != standard.status { fields["status"] = .list(status.map(JSONValue.number)) }
    if !contentType.isEmpty { fields["content_type"] = .texts(contentType) }
    if let beginsWith { fields["begins_with"] = .text(beginsWith) }
    if let endsWith { fields["ends_with"] = .text(endsWith) }
    if minBytes != standard.minBytes { fields["min_bytes"] = .number(minBytes) }
    if maxBytes != standard.maxBytes { fields["max_bytes"] = .number(maxBytes) }
    return fields
  }
}

extension Source.Web {
  fileprivate var canonical: [String: JSONValue] {
    var fields: [String: JSONValue] = [:]
    if !query.isEmpty { fields["query"] = .texts(query) }
    switch content {
    case .form(let form): fields["form"] = .texts(form)
    case .text(let text): fields["body"] = .text(text)
    case nil: if isPost { fields["method"] = .text("POST") }
    }
    if let timeZone { fields["time_zone"] = .text(timeZone) }
    if let tls {
      var files = tls.password?.canonical("password") ?? [:]
      if let ca = tls.ca { files["ca"] = .text(ca) }
      if let certificate = tls.certificate { files["certificate"] = .text(certificate) }
      if let key = tls.key { files["key"] = .text(key) }
      fields["tls"] = .object(files)
    }
    if let pages { fields["pages"] = .object(pages.canonical) }
    if let login { fields["login"] = .object(login.canonical) }
    if resumes != Self().resumes { fields["resume"] = .number(resumes) }
    if let rate { fields["rate"] = .text(rate.text) }
    return fields
  }
}

extension Source.Pages {
  fileprivate var canonical: [String: JSONValue] {
    var fields: [String: JSONValue] = ["at_most": .number(atMost)]
    func add(_ parameter: String, _ first: Int, _ size: Size?) {
      fields["parameter"] = .text(parameter)
      fields["first"] = .number(first)
      if let size {
        fields["size"] = .number(size.count)
        if let parameter = size.parameter { fields["size_parameter"] = .text(parameter) }
      }
    }
    switch by {
    case .link: fields["by"] = .text("link")
    case .token(let path, let parameter):
      fields["by"] = .text("token")
      fields["token"] = .texts(path)
      if let parameter { fields["parameter"] = .text(parameter) }
    case .number(let parameter, let first, let size):
      fields["by"] = .text("number")
      add(parameter, first, size)
    case .offset(let parameter, let first, let size):
      fields["by"] = .text("offset")
      add(parameter, first, size)
    }
    return fields
  }
}

extension Source.Login {
  fileprivate var canonical: [String: JSONValue] {
    var fields: [String: JSONValue] = ["url": .text(url)]
    if !form.isEmpty { fields["form"] = .object(form.mapValues(JSONValue.text)) }
    var variables: [String: JSONValue] = [:]
    var files: [String: JSONValue] = [:]
    for (name, secret) in secrets {
      switch secret {
      case .environment(let variable): variables[name] = .text(variable)
      case .file(let path): files[name] = .text(path)
      }
    }
    if !variables.isEmpty { fields["form_env"] = .object(variables) }
    if !files.isEmpty { fields["form_file"] = .object(files) }
    return fields
  }
}
