/// Why a function could not do its work, as coarsely as a caller can act on it.
///
/// The raw value is the exit code (`sysexits.h`), which is how schedulers tell the kinds apart.
public struct Failure: Error, Sendable, CustomStringConvertible {
  /// What the caller should do about it.
  public enum Kind: Int32, Sendable {
    /// The call itself is wrong: read the message, call again differently.
    case usage = 64
    /// The data was refused and history left untouched: look at the data, then fix the source or accept the run.
    case badData = 65
    /// A source or store cannot be reached or is full: try again once it is back.
    case unavailable = 69
    /// A defect of this program: report it. Nothing was committed.
    case software = 70
    /// Somebody else is at work or a race was lost: try again later, nothing is wrong.
    case tryAgain = 75
    /// The settings are wrong, or access is denied: mend them, trying again does not help.
    case settings = 78
  }

  /// What a source said by failing, as far as whoever asks it again has to know.
  public enum Cause: Hashable, Sendable {
    /// The credentials were refused: the same ones must not be tried again, for that may lock an account.
    case refusedLogin
    /// A proxy on the way refused its own credentials.
    case refusedProxy
    /// It was told the credentials, and failed in a way that may mean that it refused them.
    case loginInDoubt
    /// It asks not to be asked again for so many seconds.
    case leaveAlone(seconds: Double)

    /// Whether somebody refused who asked.
    public var isRefusal: Bool { self == .refusedLogin || self == .refusedProxy }
  }

  /// The kind that a caller acts on.
  public var kind: Kind
  /// What a source said by it. Every kind of source says so in the same way.
  public var cause: Cause?
  /// What happened, where (file, line, field, key) and what to do, for a person.
  public var message: String

  /// Makes a failure of a kind with a message for a person.
  public init(_ kind: Kind, _ message: String, cause: Cause? = nil) {
    self.kind = kind
    self.cause = cause
    self.message = message
  }

  /// The message alone.
  public var description: String { message }
}
