import Basics
import FeedFile
import HTTP

/// One read of a web server: what its requests have in common, and the patience with it.
final class WebSession {
  /// Seconds before the second, the third and each later try.
  private static let waits = [1.0, 4.0]
  /// The longest that is waited because a server asks for it.
  private static let patience = 60.0

  let request: SourceRequest
  private let client: HTTPClient
  private let clock: any Basics.Clock
  private let log: any Log
  private let randomness: any Randomness
  private let began: Instant
  private var resumesLeft: Int
  private var cookies: HTTPCookies?
  /// Whether an answer was given to whom a login is needed for.
  var wasKnown = false
  private var token: Token?
  private var lastRequest: Instant?

  init(
    _ request: SourceRequest, client: HTTPClient, clock: any Basics.Clock, log: any Log,
    randomness: any Randomness
  ) {
    self.request = request
    self.client = client
    self.clock = clock
    self.log = log
    self.randomness = randomness
    began = clock.now()
    resumesLeft = request.web?.resumes ?? 3
  }

  /// The moment at which the read began.
  var now: Instant { began }

  /// The answer of a URL of the dump: a good one, or that nothing changed.
  func answer(_ url: String, isConditional: Bool = false) throws(Failure) -> HTTPResponse {
    if let login = request.web?.login, cookies == nil { try logIn(login) }
    let isFresh = try ensureToken()
    do {
      return try ask(try question(url, isConditional), isAboutDump: true)
    } catch {
      // A token that was good for earlier pages may have ended.
      guard request.client != nil, !isFresh, error.kind == .settings else { throw error }
      token = nil
      _ = try ensureToken()
      return try ask(try question(url, isConditional), isAboutDump: true)
    }
  }

  private func question(_ url: String, _ isConditional: Bool) throws(Failure) -> HTTPRequest {
    var headers = request.headers
    if isConditional {
      if let etag = request.etag { headers["If-None-Match"] = etag }
      if let lastModified = request.lastModified { headers["If-Modified-Since"] = lastModified }
    }
    var question = HTTPRequest(url, headers: headers, credentials: request.credentials)
    if let token { question.credentials = .bearer(token.value) }
    if request.web?.isPost == true { question.method = "POST" }
    switch request.web?.content {
    case .form(let form):
      question.body = Array(try encoded(form, request, began).utf8)
      question.headers["Content-Type"] = "application/x-www-form-urlencoded"
    case .text(let body): question.body = Array(try text(body, request, began).utf8)
    case nil: if question.method == "POST" { question.body = [] }
    }
    question.followsForm = true
    return question
  }

  private func logIn(_ login: Source.Login) throws(Failure) {
    let jar: HTTPCookies
    do { jar = try HTTPCookies() } catch { throw Failure(error) }
    cookies = jar
    let fields = login.form.merging(request.login) { $1 }.sorted { $0.key < $1.key }
    var question = HTTPRequest(login.url, method: "POST", body: Array(encoded(fields).utf8))
    question.headers["Content-Type"] = "application/x-www-form-urlencoded"
    question.followsForm = true
    let name = masked(url: login.url)
    do throws(Failure) {
      let answer = try ask(question, isAboutDump: false)
      _ = try? answer.readAll(limit: 4 << 20)
    } catch {
      throw Failure(error.kind, "the login was refused: \(error.message)", cause: error.cause)
    }
    guard !jar.isEmpty else {
      throw Failure(
        .settings, "the login at \(name) gave no cookie: check source.login, its fields and their names",
        cause: .refusedLogin)
    }
  }

  /// - Returns: whether a token was asked for just now.
  private func ensureToken() throws(Failure) -> Bool {
    guard let tokens = request.client else { return false }
    if let token, token.expiry.map({ $0 > clock.now() }) ?? true { return false }
    let answer: [UInt8]
    do throws(Failure) {
      let response = try ask(tokens.question(), isAboutDump: false)
      do { answer = try response.readAll(limit: 1 << 20) } catch { throw Failure(error) }
    } catch {
      throw Failure(error.kind, "no token: \(error.message)", cause: error.cause)
    }
    token = try tokens.token(in: answer, at: clock.now())
    return true
  }

  /// Sends a request, and again if it may help.
  private func ask(_ given: HTTPRequest, isAboutDump: Bool) throws(Failure) -> HTTPResponse {
    var attempt = 0
    while true {
      var error: HTTPError
      var question = given
      try keepPace()
      question.limits = try limits(given.url)
      question.identity = request.identity
      question.cookies = cookies
      do {
        let response = try client.send(question)
        if isGood(response, isAboutDump) { return response }
        error = refusal(of: response, to: question, isKnown: request.showsCredentials)
        if error.isTransient { error.retryAfter = response.headers.retryAfter(now: clock.now()) }
        if !isAboutDump, given.url == request.client?.settings.tokenURL, refusesClient(response) {
          error.refusesLogin = true
        }
      } catch let thrown {
        error = thrown
      }
      try obey(error)
      guard error.isTransient, attempt < Self.waits.count else {
        var failure = Failure(error)
        if attempt > 0 { failure.message += " (tried \(attempt + 1) times)" }
        throw failure
      }
      let wait = max(jittered(Self.waits[attempt]), error.retryAfter ?? 0)
      attempt += 1
      log.warning(
        "\(error.message); trying again in \((wait * 10).rounded() / 10) s "
          + "(try \(attempt + 1) of \(Self.waits.count + 1))")
      clock.sleep(seconds: wait)
    }
  }

  /// Ends the read if the server asks to be left alone for longer than a function should wait.
  private func obey(_ error: HTTPError) throws(Failure) {
    guard let asked = error.retryAfter, asked > Self.patience else { return }
    let until = clock.now().advanced(bySeconds: asked.rounded(.up))
    throw Failure(
      .tryAgain,
      "\(error.message) and asks to be left alone for \(Int(asked.rounded(.up))) s: try again after \(until)",
      cause: .leaveAlone(seconds: asked))
  }

  private func isGood(_ response: HTTPResponse, _ isAboutDump: Bool) -> Bool {
    guard isAboutDump else { return (200..<300).contains(response.status) }
    let good = request.expect?.status ?? [200]
    if good.contains(response.status) || response.status == 203 && good.contains(200) { return true }
    return response.status == 304 && (request.etag != nil || request.lastModified != nil)
  }

  /// Goes on with a body that broke off, if that is possible.
  /// - Throws: the error that it broke off with, if it is not.
  func goOn(_ response: HTTPResponse, after error: HTTPError) throws(Failure) {
    var last = error
    var attempt = 0
    while response.canResume, last.isTransient, resumesLeft > 0 {
      resumesLeft -= 1
      let wait = max(jittered(Self.waits[min(attempt, Self.waits.count - 1)]), last.retryAfter ?? 0)
      attempt += 1
      log.warning("\(last.message); going on from there in \((wait * 10).rounded() / 10) s")
      clock.sleep(seconds: wait)
      try keepPace()
      do {
        try response.resume(limits: try limits(response.url))
        return
      } catch let thrown as HTTPError {
        last = thrown
        try obey(thrown)
      } catch let failure as Failure {
        throw failure
      } catch {
        throw Failure(.software, "\(error)")
      }
    }
    throw Failure(last)
  }

  /// Waits until the feed's rate allows another request, and makes sure that it may still be made.
  private func keepPace() throws(Failure) {
    defer { lastRequest = clock.now() }
    if let rate = request.web?.rate, let last = lastRequest {
      let wait = Double(rate.seconds) / Double(rate.count) - clock.now().seconds(since: last)
      if wait > 0 { clock.sleep(seconds: wait) }
    }
    try request.mayAsk()
  }

  /// What is left of the time that the read may take.
  private func limits(_ url: String) throws(Failure) -> HTTPLimits {
    var limits = request.limits
    guard limits.total > 0 else { return limits }
    limits.total -= max(0, clock.now().seconds(since: began))
    guard limits.total > 0 else {
      throw Failure(
        .unavailable,
        "\(masked(url: url)): the read took longer than \(Int(request.limits.total)) s (source.timeout)")
    }
    limits.answer = min(limits.answer, limits.total)
    return limits
  }

  /// Up to half as long again, so that many who were turned away together do not come back together.
  private func jittered(_ seconds: Double) -> Double {
    seconds * (1 + Double(randomness.bytes(1).first ?? 0) / 512)
  }
}
