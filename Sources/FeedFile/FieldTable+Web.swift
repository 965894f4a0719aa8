extension Field {
  /// What is said to web servers, and what is expected of a dump.
  static let web: [Field] = [
    Field(
      "source.urls", .list, .none, "[\"https://example.org/a.csv\", \"https://example.org/b.csv\"]",
      "Several addresses whose answers, one after the other, are one dump, instead of `url`: of CSV each has the same"
        + " header, which is kept once; of JSON the arrays are put together."),
    Field(
      "source.method", .choice(["GET", "POST"]), .derived("`POST` with `form` or `body`, else `GET`"), "POST",
      "How the dump is asked for."),
    Field(
      "source.query", .query, .none, "{ region: [north, south], since: \"{today-7d}\" }",
      "Parameters that are added to `url`, in the order of their names. A list is given as the same parameter several"
        + " times, as a report wants it whose \"All\" is every box ticked. No secrets. Dates: see [Dates](#dates). Of a"
        + " database that knows SQL: the query whose rows are the dump, as one text."
    ),
    Field(
      "source.form", .lists, .none, "{ report: cases, day: \"{today-1d}\" }",
      "What is posted as a form (`application/x-www-form-urlencoded`), like `query`."),
    Field(
      "source.body", .text, .none, "'{\"report\": \"cases\"}'",
      "What is posted as it is, but for dates; it needs a `Content-Type` in `headers`."),
    Field(
      "source.time_zone", .text, .derived("UTC"), "Europe/Berlin",
      "The zone of `hours`, and of dates in `url`, `query`, `form` and `body`: any that the system has in `/usr/share/zoneinfo`"
        + " (package `tzdata`), or in `TZDIR`. UTC needs none."),
    Field(
      "source.tls", .section, .none, "{ ca: company.pem }", "Whom to trust, and what to show a server."),
    Field(
      "source.expect", .section, .none, "{ begins_with: \"Date,Country\" }",
      "What a dump has to be like. A dump that is not is refused (65), kept, and can be accepted like others."
    ),
    Field(
      "source.pages", .section, .none, "{ by: link }",
      "How the rest is asked for, if a dump comes in pages. Pages of CSV have the same header each; those of JSON have"
        + " their array at `unwrap`."),
    Field(
      "source.login", .section, .none,
      "{ url: \"https://example.org/login\", form_env: { password: CASES_PASSWORD } }",
      "A form that is sent first, for its cookies. If the form comes in the dump's place, it is not sent again before it was mended; if another page of HTML does, less and less often."
    ),
    Field(
      "source.resume", .number, .value("3"), "10",
      "How often a download that breaks off is gone on with where it was, if the server can (`Range`) and says by a strong"
        + " `ETag` that it is still the same; 0: never."),
    Field(
      "source.rate", .text, .none, "2/s",
      "How many requests a read may make in a second, minute or hour (`2/s`, `30/m`, `1000/h`): they are spread evenly."
    ),

    Field(
      "source.auth.method", .choice(["basic", "ntlm", "negotiate"]), .derived("`basic`"), "ntlm",
      "How the user is authenticated. `negotiate` has no user: it takes the Kerberos ticket of whoever runs the function"
        + " (`kinit`, or a keytab in `KRB5_CLIENT_KTNAME`), for the server by the name that the URL has."),
    Field(
      "source.auth.header", .text, .none, "X-Api-Key", "The header that a key is sent in."),
    Field(
      "source.auth.key_env", .text, .none, "CASES_KEY", "The environment variable that holds the key."),
    Field(
      "source.auth.key_file", .text, .none, "/run/secrets/cases",
      "The file that holds the key, relative to this file's folder."),
    Field(
      "source.auth.token_url", .text, .none, "https://login.example.org/token",
      "Where OAuth 2 gives tokens for client credentials. A token is asked for before the source is, and kept nowhere."
    ),
    Field("source.auth.client_id", .text, .none, "cases-reader", "The client's name there."),
    Field(
      "source.auth.client_secret_env", .text, .none, "CASES_SECRET",
      "The environment variable that holds the client's secret."),
    Field(
      "source.auth.client_secret_file", .text, .none, "/run/secrets/cases",
      "The file that holds the client's secret, relative to this file's folder."),
    Field(
      "source.auth.client_auth", .choice(["header", "form"]), .derived("`header`"), "form",
      "Whether the client's name and secret are sent as Basic authentication or in the form."),
    Field("source.auth.scope", .text, .none, "cases.read", "What the token is for, in OAuth's words."),
    Field(
      "source.auth.audience", .text, .none, "https://example.org",
      "Whom the token is for, where that is asked."),

    Field(
      "source.tls.ca", .text, .derived("`CURL_CA_BUNDLE`, `SSL_CERT_FILE`, the system's"), "company.pem",
      "A PEM file of the authorities to trust instead, relative to this file's folder."),
    Field(
      "source.tls.certificate", .text, .none, "reader.pem",
      "The client's certificate: a PEM file, or PKCS#12 if its name ends in `.p12` or `.pfx`."),
    Field(
      "source.tls.key", .text, .derived("in the file of `certificate`"), "reader.key",
      "The certificate's private key, a PEM file."),
    Field(
      "source.tls.password_env", .text, .none, "CASES_PASSWORD",
      "The environment variable that holds the password of the private key."),
    Field(
      "source.tls.password_file", .text, .none, "/run/secrets/cases",
      "The file that holds the password of the private key."),

    Field(
      "source.expect.status", .list, .value("200"), "[200, 203]",
      "Statuses of a good answer; any other is an error (69, or 78 for 401 and 403), and no dump."),
    Field(
      "source.expect.content_type", .list, .none, "[text/csv, application/csv]",
      "Media types of a good answer, parameters aside. Without it any is good."),
    Field(
      "source.expect.begins_with", .text, .none, "\"Date,Country\"",
      "What the dump begins with, as it is stored; a byte-order mark before it is looked over."),
    Field(
      "source.expect.ends_with", .text, .none, "\"# END\"",
      "What the dump ends with, as it is stored; line ends behind it are looked over."),
    Field(
      "source.expect.min_bytes", .number, .value("0"), "1000",
      "The least length of a dump, as it is stored."),
    Field(
      "source.expect.max_bytes", .number, .value("\(64 << 30)"), "1000000000",
      "The greatest length of a dump, once compression is undone. What goes on is given up (65) and not kept, so that a"
        + " source without an end does not fill the store."),

    Field(
      "source.pages.by", .choice(["link", "token", "number", "offset"]), .required, "link",
      "How the next page is found: by the header `Link` with `rel=\"next\"`; by a token or URL in a JSON page; by the page's"
        + " number; by the number of records before it. The last two end with a page that has no records."),
    Field(
      "source.pages.token", .path, .none, "meta.next",
      "`token`: where a page says what the next one is; nothing, null, false or an empty text there is the end."
    ),
    Field(
      "source.pages.parameter", .text, .none, "cursor",
      "The parameter of the query that gets the token, number or offset. Without it a token is a URL of the same server."
    ),
    Field(
      "source.pages.first", .number, .derived("1 for `number`, 0 for `offset`"), "0",
      "The first page's number or offset."),
    Field(
      "source.pages.size", .number, .none, "1000",
      "How many records a page has. `offset` grows by it; it needs to be right."),
    Field(
      "source.pages.size_parameter", .text, .none, "limit",
      "The parameter of the query that asks for `size` records."),
    Field(
      "source.pages.at_most", .number, .value("10000"), "500",
      "More pages than this are an error (65): a server may go round in circles."),

    Field("source.login.url", .text, .required, "https://example.org/login", "Where the form is posted to."),
    Field("source.login.form", .map, .none, "{ user: reader }", "The form's fields by name. No secrets."),
    Field(
      "source.login.form_env", .map, .none, "{ password: CASES_PASSWORD }",
      "Fields whose values are in environment variables."),
    Field(
      "source.login.form_file", .map, .none, "{ password: /run/secrets/cases }",
      "Fields whose values are in files, relative to this file's folder."),
  ]
}
