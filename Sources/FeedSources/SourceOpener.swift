public import Basics
public import HTTP

/// Opens dumps wherever they are. Free to use from several threads at once.
public struct SourceOpener: Sendable {
  private let web: WebOpener
  private let standardInput: Int32

  /// An opener; `http` says whom to trust, and the clock is only for waiting between tries.
  public init(
    clock: any Basics.Clock, log: any Log, randomness: any Randomness, http: HTTPSettings = HTTPSettings(),
    standardInput: Int32 = 0
  ) {
    web = WebOpener(client: HTTPClient(http), clock: clock, log: log, randomness: randomness)
    self.standardInput = standardInput
  }

  /// Asks for a dump. What is named `.gz`, or called gzip by its server, is unpacked while it is read.
  ///
  /// A web server gets three tries as long as nothing of the body was handed out.
  ///
  /// - Throws: `.settings` for what trying again does not help (an unknown scheme, no access, a directory),
  ///   `.unavailable` for a file or server that cannot be read now, `.tryAgain` if the server asks to be left
  ///   alone for more than a minute.
  public func open(_ request: SourceRequest) throws(Failure) -> Opened {
    switch request.location {
    case .file(let path):
      let body = try FileBody(path: path)
      return .body(path.hasSuffix(".gz") ? GzipBody(body, mayBePlain: false) : body)
    case .standardInput:
      return .body(try FileBody(descriptor: standardInput, owned: false, name: "standard input"))
    case .http(let url):
      // Whatever the URL says is what is opened: file:// is a file here too.
      let location = try SourceLocation(url)
      guard case .http = location else {
        var request = request
        request.location = location
        return try open(request)
      }
      return try web.open(request, url: url)
    }
  }
}
