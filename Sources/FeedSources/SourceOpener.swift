public import Basics
import FeedFile
public import HTTP
public import ObjectStore

/// An object of a store that is a dump.
public struct StoredSource {
  let store: any ObjectStore
  let key: ObjectKey

  /// Puts the two together.
  public init(store: any ObjectStore, key: ObjectKey) {
    self.store = store
    self.key = key
  }
}

/// Opens dumps wherever they are. Free to use from several threads at once.
public struct SourceOpener: Sendable {
  private let web: WebOpener
  private let databases: DatabaseOpener
  private let clock: any Basics.Clock
  private let standardInput: Int32
  private let objects: @Sendable (String) throws(Failure) -> StoredSource

  /// An opener; `http` says whom to trust, and the clock is only for waiting between tries.
  /// - Parameter objects: finds the object that `s3://…` or `gs://…` names.
  public init(
    clock: any Basics.Clock, log: any Log, randomness: any Randomness, http: HTTPSettings = HTTPSettings(),
    standardInput: Int32 = 0, objects: @escaping @Sendable (String) throws(Failure) -> StoredSource
  ) {
    web = WebOpener(client: HTTPClient(http), clock: clock, log: log, randomness: randomness)
    databases = DatabaseOpener(settings: http, clock: clock, log: log)
    self.clock = clock
    self.standardInput = standardInput
    self.objects = objects
  }

  /// Asks for a dump. It is unpacked and converted while it is read.
  ///
  /// A web server gets three tries as long as nothing of the body was handed out.
  ///
  /// - Throws: `.settings` for what trying again does not help (an unknown scheme, no access, a directory),
  ///   `.unavailable` for a file or server that cannot be read now, `.tryAgain` if the server asks to be left
  ///   alone for more than a minute.
  public func open(_ request: SourceRequest) throws(Failure) -> Opened {
    let opened = try openAnything(request)
    guard let expect = request.expect, case .body(let body) = opened else { return opened }
    return .body(ExpectedBody(body, expect))
  }

  /// The dump that a request's source has, of bytes that came from there before (``SourceRequest/Depth/asItComes``): nobody
  /// is asked.
  public func open(_ request: SourceRequest, from body: any SourceBody) throws(Failure) -> any SourceBody {
    let name: String =
      switch request.location {
      case .file(let path): path
      case .standardInput, .database: ""
      case .http(let url): String(url.prefix { $0 != "?" && $0 != "#" })
      case .object(let url): url
      }
    let dump = try request.dump(of: body, packing: Packing(name: name))
    return request.expect.map { ExpectedBody(dump, $0) } ?? dump
  }

  private func openAnything(_ request: SourceRequest) throws(Failure) -> Opened {
    switch request.location {
    case .file(let path):
      if let take = request.take { return .body(try MatchingFiles(path).dump(take, request)) }
      return .body(try request.dump(of: FileBody(path: path), packing: Packing(name: path)))
    case .standardInput:
      let body = try FileBody(descriptor: standardInput, owned: false, name: "standard input")
      return .body(try request.dump(of: body, packing: nil))
    case .http(let url):
      // Whatever the URL says is what is opened: file:// is a file here too.
      let location = try SourceLocation(url)
      guard case .http = location else {
        var request = request
        request.location = location
        return try openAnything(request)
      }
      return try web.open(request, url: url)
    case .database(let url): return .body(try databases.open(request, url: url))
    case .object(let template):
      let url = try dated(template, request, clock.now())
      let source = try objects(url)
      if let take = request.take { return try MatchingObjects(source, url).dump(take, request) }
      return try source.open(url, request)
    }
  }
}

extension StoredSource {
  /// Opens the object, unless it is of the version that is known.
  func open(_ url: String, _ request: SourceRequest) throws(Failure) -> Opened {
    // A look costs less than a dump.
    if let known = request.etag {
      let version: String
      do throws(StoreError) { version = try store.info(key).version } catch {
        throw Failure(error, source: url)
      }
      if version == known { return .unchanged(etag: known, lastModified: nil) }
    }
    return .body(try request.dump(of: body(url), packing: Packing(name: url)))
  }

  func body(_ url: String) throws(Failure) -> ObjectBody {
    do throws(StoreError) {
      return ObjectBody(try store.open(key, range: nil), name: url)
    } catch {
      throw Failure(error, source: url)
    }
  }
}
