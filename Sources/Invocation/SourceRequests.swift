public import Basics
import FeedFile
public import FeedSources
import HTTP

extension Call {
  /// What to ask the feed's source for: headers, limits, and secrets from where the feed file says they are.
  /// - Throws: ``Failure/Kind/settings`` if a secret is not there.
  public func request(for loaded: LoadedFeed) throws(Failure) -> SourceRequest {
    let source = loaded.feed.source
    let location: SourceLocation
    switch source.location {
    case .url(let url): location = try SourceLocation(url)
    case .path(let path):
      let place = resolve(path, in: loaded.folder)
      // A feed file at a URL names what is beside it.
      location = loaded.folder.contains("://") ? try SourceLocation(place) : .file(place)
    }
    var request = SourceRequest(location)
    for (name, value) in source.headers.sorted(by: { $0.key < $1.key }) {
      request.headers.append(name, value)
    }
    switch source.auth {
    case nil: break
    case .basic(let user, let password):
      request.credentials = .basic(user: user, password: try secret(password, in: loaded.folder))
    case .bearer(let token): request.credentials = .bearer(try secret(token, in: loaded.folder))
    }
    request.limits.connect = Double(source.connectTimeout.components.seconds)
    request.limits.answer = Double(source.timeout.components.seconds)
    request.limits.total = Double(source.timeout.components.seconds)
    request.limits.slowBytesPerSecond = Double(source.lowSpeed)
    request.limits.slow = Double(source.lowSpeedTime.components.seconds)
    return request
  }

  private func secret(_ place: Source.Secret, in folder: String) throws(Failure) -> String {
    switch place {
    case .environment(let name):
      guard let value = Environment.value(name) else {
        throw Failure(.settings, "source.auth: the environment variable \(name) is not set")
      }
      return value
    case .file(let path):
      let bytes = try SmallFile.contents(resolve(path, in: folder), for: "source.auth: the file")
      var text = String(decoding: bytes, as: UTF8.self)
      while let last = text.utf8.last, last == 10 || last == 13 { text.unicodeScalars.removeLast() }
      return text
    }
  }
}
