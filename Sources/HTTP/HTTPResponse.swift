import CCurl
import Gzip

/// An answer whose body is pulled: the server is held to the reader's speed, in bounded memory.
///
/// For one thread at a time. Letting go of it ends the transfer.
public final class HTTPResponse {
  /// The status code.
  public let status: Int
  /// The words after the status code; empty in HTTP/2.
  public let statusText: String
  /// The headers of the last answer.
  public let headers: HTTPHeaders
  /// Where the answer came from in the end, without user and password. May hold secrets in its query.
  public let url: String
  /// Whether a redirect to another origin was followed without the secrets that the first one was told.
  public let leftOutSecrets: Bool
  /// Why no Kerberos ticket was shown though one was to be (``HTTPCredentials/negotiate``), in the words of the Kerberos
  /// library as far as it has any; nil if there was one.
  public let missingTicket: String?
  /// How long the body that ``read(into:)`` gives will be; nil if that is not known or it is compressed.
  public let expectedBytes: Int?

  /// Asks for the rest of a body: its `Range`, `If-Range` and limits.
  typealias Rest = (String, String, HTTPLimits?) throws(HTTPError) -> Transfer

  private var transfer: Transfer
  private let inflater: Inflater?
  private let rest: Rest?
  private var failure: HTTPError?
  /// Whether the connection failed, not what came over it.
  private var isBroken = false
  /// Where the transfer's body begins in the whole one.
  private var start = 0
  private let length: Int?

  init(_ transfer: Transfer, leftOutSecrets: Bool, undoesEncoding: Bool, rest: Rest?) throws(HTTPError) {
    self.transfer = transfer
    self.rest = rest
    length = transfer.contentLength
    self.leftOutSecrets = leftOutSecrets
    status = transfer.status
    statusText = transfer.statusText
    missingTicket = transfer.missingTicket
    headers = transfer.headers
    url = transfer.address.url
    let encodings = undoesEncoding ? headers.all("Content-Encoding") : []
    let codings = encodings.flatMap { $0.lowercased().split(separator: ",") }
      .map { $0.filter { $0 != " " && $0 != "\t" } }.filter { $0 != "identity" && !$0.isEmpty }
    let hasBody = transfer.wireBytes > 0 || transfer.result == nil
    switch codings {
    case []: inflater = nil
    case ["gzip"], ["x-gzip"]: inflater = hasBody ? Inflater() : nil
    default:
      throw HTTPError(
        .malformed,
        "\(masked(url: url)) sent its body encoded as \"\(codings.joined(separator: ", "))\", "
          + "though it was asked for gzip or nothing")
    }
    expectedBytes = inflater == nil ? transfer.contentLength : nil
  }

  /// The URL that answered, for messages.
  public var maskedURL: String { masked(url: url) }

  /// Bytes of the body that have come over the wire so far, before compression is undone.
  public var wireBytes: Int { start + transfer.wireBytes }

  /// Whether ``read(into:)`` failed in a way that ``resume(limits:)`` may mend: the connection broke, and the body has a
  /// strong validator, by which its rest can be told from that of another one.
  public var canResume: Bool {
    isBroken && rest != nil && status == 200 && strongTag != nil && wireBytes > 0
      && headers["Accept-Ranges"]?.lowercased() != "none"
  }

  private var strongTag: String? { headers["ETag"].flatMap { $0.hasPrefix("\"") ? $0 : nil } }

  /// Asks for the rest of a body that broke off; then ``read(into:)`` goes on where it stopped.
  ///
  /// After an error that ``HTTPError/isTransient`` it may be called again; ``read(into:)`` throws as before.
  /// - Throws: ``HTTPError/Kind/truncated`` if the body is another one by now, or is only sent as a whole.
  public func resume(limits: HTTPLimits? = nil) throws(HTTPError) {
    guard canResume, let rest, let strongTag else {
      throw failure ?? HTTPError(.badRequest, "\(maskedURL) did not break off")
    }
    let place = wireBytes
    let next = try rest("bytes=\(place)-", strongTag, limits)
    guard next.status == 206 else {
      let status = next.status
      var error = HTTPError(
        .truncated,
        "\(maskedURL) broke off after \(place) bytes, and answered \(status) when it was asked for the rest"
          + (status == 200 ? ": it has another body by now, or gives no rests" : ""),
        isTransient: status == 408 || status == 429 || status >= 500)
      error.retryAfter = error.isTransient ? next.headers.retryAfter() : nil
      throw error
    }
    let range = next.headers["Content-Range"] ?? ""
    let isWhole =
      length.map { range == "bytes \(place)-\($0 - 1)/\($0)" } ?? Self.isRest(range, from: place)
    guard isWhole, next.headers["ETag"].map({ $0 == strongTag }) ?? true,
      next.headers["Content-Encoding"] == headers["Content-Encoding"]
    else {
      throw HTTPError(
        .truncated,
        "\(maskedURL) broke off after \(place) bytes, and what it sent as the rest does not go with it")
    }
    next.offset = place
    start = place
    transfer = next
    failure = nil
    isBroken = false
  }

  /// Whether a `Content-Range` is of all bytes from a place on: `bytes 100-199/200` (RFC 9110, section 14.4).
  package static func isRest(_ range: String, from place: Int) -> Bool {
    guard range.hasPrefix("bytes \(place)-") else { return false }
    let parts = range.dropFirst("bytes \(place)-".count).split(
      separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let last = Int(parts[0]), let total = Int(parts[1]), total > 0 else {
      return false
    }
    return last == total - 1
  }

  /// Whether the body is compressed for transport, which ``read(into:)`` undoes.
  public var isCompressed: Bool { inflater != nil }

  /// Throws ``HTTPError/Kind/status(_:)`` unless the status is one of 200 to 299.
  public func requireSuccess() throws(HTTPError) {
    if (200..<300).contains(status) { return }
    throw HTTPError(
      .status(status), "\(maskedURL) answered \(status)\(statusText.isEmpty ? "" : " \(statusText)")",
      isTransient: status == 408 || status == 429 || status >= 500)
  }

  /// The next bytes of the body, as many as are there: at least one, at most what fits into `destination`,
  /// which is not empty. 0 means its end, and that the body was whole.
  ///
  /// After an error every further call throws the same error.
  public func read(into destination: UnsafeMutableRawBufferPointer) throws(HTTPError) -> Int {
    if let failure { throw failure }
    do {
      return unsafe try next(destination)
    } catch {
      failure = error
      throw error
    }
  }

  /// The rest of the body, if it has no more than `limit` bytes; for small answers.
  public func readAll(limit: Int) throws(HTTPError) -> [UInt8] {
    var bytes: [UInt8] = []
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    defer { unsafe piece.deallocate() }
    while true {
      let count = unsafe try read(into: piece)
      if count == 0 { return bytes }
      guard bytes.count + count <= limit else {
        throw HTTPError(.malformed, "\(maskedURL) answered with more than \(limit) bytes")
      }
      unsafe bytes.append(contentsOf: piece[..<count])
    }
  }

  private func next(_ destination: UnsafeMutableRawBufferPointer) throws(HTTPError) -> Int {
    while true {
      if let inflater {
        let (taken, made) = try unsafe inflate(inflater, destination)
        transfer.take(taken)
        if made > 0 { return made }
      } else if unsafe !transfer.waiting.isEmpty {
        let count = unsafe min(destination.count, transfer.waiting.count)
        unsafe destination.copyMemory(from: UnsafeRawBufferPointer(rebasing: transfer.waiting[..<count]))
        transfer.take(count)
        return count
      }
      if let result = transfer.result, unsafe transfer.waiting.isEmpty {
        guard result == CURLE_OK else {
          isBroken = true
          throw transfer.problem(result)
        }
        guard inflater?.isWhole ?? true else {
          throw HTTPError(
            .truncated, "\(maskedURL): the compressed body ends early after \(wireBytes) bytes",
            isTransient: true)
        }
        transfer.letGo()
        return 0
      }
      do {
        try transfer.advance()
      } catch {
        isBroken = true
        throw error
      }
    }
  }

  private func inflate(
    _ inflater: Inflater, _ destination: UnsafeMutableRawBufferPointer
  ) throws(HTTPError) -> (taken: Int, made: Int) {
    do {
      return unsafe try inflater.inflate(transfer.waiting, into: destination)
    } catch {
      throw HTTPError(
        .truncated, "\(maskedURL): the gzip stream of the body is broken: \(error.reason)", isTransient: true)
    }
  }
}
