import Basics
import Databases
import FeedFile
import HTTP

/// Asks a database for a dump.
struct DatabaseOpener: Sendable {
  /// Seconds before the second and the third try.
  private static let waits = [1.0, 4.0]

  let settings: HTTPSettings
  let clock: any Basics.Clock
  let log: any Log

  func open(_ request: SourceRequest, url: String) throws(Failure) -> any SourceBody {
    guard var database = request.database else {
      throw Failure(
        .settings,
        "\(masked(url: url)) is a database: only a feed file can say what it is asked (source.redis, source.query)"
      )
    }
    if case .sql(let text) = database { database = .sql(try FeedSources.text(text, request, clock.now())) }
    var question = DatabaseRequest(url: url, database: database)
    question.credentials = request.credentials
    question.identity = request.identity
    question.settings = settings
    question.limits = request.limits
    question.scratch = request.scratch
    question.onInterruption = request.onInterruption
    var attempt = 0
    while true {
      try request.mayAsk()
      do throws(Failure) {
        return DatabaseBody(try connect(question, clock: clock))
      } catch {
        // A password that may have been refused is not shown again at once.
        guard error.kind == .unavailable, error.cause != .loginInDoubt, attempt < Self.waits.count else {
          throw Failure(
            error.kind, error.message + (attempt > 0 ? " (tried \(attempt + 1) times)" : ""),
            cause: error.cause)
        }
        let wait = Self.waits[attempt]
        attempt += 1
        log.warning(
          "\(error.message); trying again in \(Int(wait)) s (try \(attempt + 1) of \(Self.waits.count + 1))")
        clock.sleep(seconds: wait)
      }
    }
  }
}

/// The records of a database as a dump. A database has no entity tags, so it is read each time.
final class DatabaseBody: SourceBody {
  private let reader: any DatabaseReader
  private var lines = ByteBuffer(capacity: 128 << 10)
  private var given = 0
  private var isAtEnd = false
  private var failure: Failure?

  let expectedBytes: Int? = nil
  let hasLoggedIn = true
  var receivedBytes: Int { reader.receivedBytes }
  var etag: String? { nil }
  var lastModified: String? { nil }
  var name: String { reader.name }

  init(_ reader: any DatabaseReader) { self.reader = reader }

  func read(into destination: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
    if let failure { throw failure }
    while given == lines.count, !isAtEnd {
      lines.truncate()
      given = 0
      do throws(Failure) {
        isAtEnd = try !reader.read(into: &lines)
      } catch {
        failure = error
        throw error
      }
    }
    let count = min(destination.count, lines.count - given)
    unsafe destination.copyMemory(from: UnsafeRawBufferPointer(rebasing: lines.bytes[given..<given + count]))
    given += count
    return count
  }
}
