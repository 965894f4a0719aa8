public import Basics
public import HTTP

/// What the world gives: nothing here is taken from the air.
public struct GCSSurroundings: Sendable {
  /// Reads a small file whole; nil if there is none.
  public typealias FileReader = @Sendable (String) throws(Failure) -> [UInt8]?

  /// The variables of the environment.
  public var environment: [String: String]
  /// How files of credentials are read.
  public var readFile: FileReader
  /// This machine's clock.
  public var clock: any Clock
  /// Who sends requests, to the store and to those who give tokens.
  public var http: HTTPClient
  /// Where it is said that a token could not be renewed yet.
  public var log: any Log
  /// Where a user's refresh token is exchanged for an access token.
  public var userTokens = "https://oauth2.googleapis.com/token"

  /// Where the store itself is asked, unless `STORAGE_EMULATOR_HOST` says otherwise; no slash at the end.
  public var endpoint = "https://storage.googleapis.com"

  /// Puts them together.
  public init(
    environment: [String: String], readFile: @escaping FileReader, clock: any Clock, log: any Log,
    http: HTTPClient
  ) {
    self.environment = environment
    self.readFile = readFile
    self.clock = clock
    self.http = http
    self.log = log
  }

  /// A variable, unless it is empty.
  func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
}
