public import Basics
public import CloudStore
import HTTP
public import ObjectStore

/// S3, and what speaks S3: one request a call. Versions are ETags, without their quotes.
public final class S3Service: CloudService {
  /// Where it is.
  public let place: S3Location
  let sender: S3Sender
  let quirks: S3Quirks

  public var location: String { place.description }
  public let uploads = UploadRules(
    leastPart: 5 << 20, multiple: 1, mostParts: 10_000, copies: true, endsWithLastPart: false)
  public var deletesByVersion: Bool { quirks.deletesByVersion }

  /// The store at `s3://bucket/prefix`, asked with the credentials that the surroundings give.
  /// - Throws: ``Failure/Kind/settings``, which says what to mend. Nobody is asked anything yet.
  public convenience init(_ location: String, in world: S3Surroundings) throws(Failure) {
    let profiles = try Profiles(world)
    let place = try S3Location(location, in: world, profiles: profiles)
    let source = try credentialSource(world, profiles, region: place.region)
    self.init(place, CredentialKeeper(source, log: world.log), world)
  }

  init(_ place: S3Location, _ keeper: CredentialKeeper, _ world: S3Surroundings) {
    self.place = place
    quirks = S3Quirks(place)
    sender = S3Sender(place.endpoint, SignatureV4(region: place.region, service: "s3"), keeper, world)
  }

  public func uri(of key: ObjectKey) -> String { "s3://\(place.bucket)/\(place.fullKey(key.description))" }

  /// The service's own time, by a `HEAD` of the bucket.
  public func now() throws(ServiceError) -> Instant {
    let response: HTTPResponse
    do { response = try ask(request("HEAD", nil)) } catch {
      guard error.kind == .notFound else { throw error }
      // What is not found here is no object.
      throw ServiceError(.denied, "\(error.message); make the bucket \(place.bucket), or mend its name")
    }
    return response.headers.date ?? sender.now
  }

  /// A request about an object, or the bucket.
  func request(
    _ method: String, _ key: ObjectKey?, query: [(name: String, value: String)] = [],
    headers: [(name: String, value: String)] = [], body: [UInt8]? = nil
  ) -> S3Request {
    S3Request(
      method: method, path: place.path(key?.description), query: query, headers: headers, body: body,
      name: key.map(uri) ?? "s3://\(place.bucket)")
  }

  /// Sends a request.
  /// - Throws: what any answer but a good one means.
  func ask(_ request: S3Request) throws(ServiceError) -> HTTPResponse {
    var answer = try send(request)
    if case .problem(let problem) = answer, request.method == "HEAD",
      [301, 307, 400, 403].contains(problem.status)
        || problem.status == 404 && request.path == place.path(nil)
    {
      // An answer to HEAD has no body, and so does not say why: the same as GET does.
      answer = try explained(request, problem)
    }
    switch answer {
    case .good(let response): return response
    case .problem(let problem): throw error(problem, request.name)
    }
  }

  /// Reads a small document that answers a request, whose status may be good though it tells an error.
  func askForDocument(_ request: S3Request) throws(ServiceError) -> (XMLElement, HTTPHeaders) {
    let response = try ask(request)
    let bytes: [UInt8]
    do { bytes = try response.readAll(limit: 16 << 20) } catch { throw ServiceError(error, request.name) }
    let document: XMLElement
    do { document = try XMLElement(bytes) } catch {
      throw ServiceError(.failed, "\(request.name): the service's answer cannot be read: \(error)")
    }
    guard document.name != "Error" else {
      // S3 begins to answer before it is done with putting parts together.
      throw self.error(try problem(in: response, bytes), request.name)
    }
    return (document, response.headers)
  }

  /// What an answer means.
  func error(_ problem: S3Problem, _ name: String) -> ServiceError {
    problem.error(name, place, credentials: sender.keeper.name)
  }

  private func problem(in response: HTTPResponse, _ body: [UInt8]) throws(ServiceError) -> S3Problem {
    let now = sender.now
    return S3Problem(response, body, try sender.keeper.current(at: now), now: now)
  }

  private func send(_ request: S3Request) throws(ServiceError) -> S3Answer {
    let answer = try sender.send(request)
    switch answer {
    case .good(let response): quirks.learn(from: response.headers)
    case .problem(let problem):
      // Nothing was changed by it, so that it may be sent again in the form that this store knows.
      if quirks.learn(from: problem.headers), problem.status == 412,
        let place = request.headers.firstIndex(where: { $0.name == "if-match" })
      {
        var request = request
        request.headers[place].value.removeAll { $0 == "\"" }
        return try sender.send(request)
      }
    }
    return answer
  }

  private func explained(_ request: S3Request, _ problem: S3Problem) throws(ServiceError) -> S3Answer {
    var other = request
    other.method = "GET"
    if request.path == place.path(nil) {
      other.query = [(name: "list-type", value: "2"), (name: "max-keys", value: "1")]
    } else {
      other.headers.append((name: "range", value: "bytes=0-0"))
    }
    switch try send(other) {
    // A wrong clock, which is corrected by now.
    case .good: return try send(request)
    case .problem(let explained): return .problem(explained.code == nil ? problem : explained)
    }
  }
}
