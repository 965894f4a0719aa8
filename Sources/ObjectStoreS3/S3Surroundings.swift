public import Basics
public import HTTP

/// What the world gives: nothing here is taken from the air.
public struct S3Surroundings: Sendable {
  /// Reads a small file whole; nil if there is none.
  public typealias FileReader = @Sendable (String) throws(Failure) -> [UInt8]?

  /// The variables of the environment.
  public var environment: [String: String]
  /// How files of settings and tokens are read.
  public var readFile: FileReader
  /// This machine's clock.
  public var clock: any Clock
  /// Where it is told what is done about a wrong clock, and about credentials that cannot be renewed yet.
  public var log: any Log
  /// Who sends requests, to the store and to those who lend credentials.
  public var http: HTTPClient

  /// Puts them together.
  public init(
    environment: [String: String], readFile: @escaping FileReader, clock: any Clock, log: any Log,
    http: HTTPClient
  ) {
    self.environment = environment
    self.readFile = readFile
    self.clock = clock
    self.log = log
    self.http = http
  }

  /// A variable, unless it is empty.
  func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

  /// The first of these variables that is set.
  func variable(of names: String...) -> String? { names.lazy.compactMap(variable).first }
}
