import Basics
import CloudStore
import Documents
import HTTP
import ObjectStore

/// What a request was about, which decides what a 404 means.
enum Subject {
  /// An object that is there or not.
  case object(ObjectKey)
  /// An object that is written: if something is missing, it is the bucket.
  case write(ObjectKey)
  /// A part of an upload.
  case part(ObjectKey)
  /// All of them.
  case bucket
  /// An object that is never there.
  case clock
}

extension GCSService {
  private struct Body: Decodable {
    struct Problem: Decodable {
      struct Reason: Decodable { var reason: String? }
      var message: String?
      var errors: [Reason]?
    }
    var error: Problem
  }

  /// How messages call it.
  func named(_ subject: Subject) -> String {
    switch subject {
    case .object(let key), .write(let key), .part(let key): uri(of: key)
    case .bucket, .clock: location
    }
  }

  /// Why there is no answer.
  func unreachable(_ error: HTTPError, _ subject: Subject) -> ServiceError {
    let message = "\(named(subject)): \(error.message)"
    return switch error.kind {
    case .badRequest: ServiceError(.denied, message)
    case .status: ServiceError(.failed, message)
    case .unreachable, .truncated, .malformed: ServiceError(.unreachable, message)
    }
  }

  /// What an answer that is no success means. Reads its body.
  func refusal(_ response: HTTPResponse, _ subject: Subject) -> ServiceError {
    let bytes = (try? response.readAll(limit: 256 << 10)) ?? []
    let problem = (try? Documents.decode(Body.self, from: bytes, name: ""))?.error
    let reason = problem?.errors?.lazy.compactMap(\.reason).first
    // Media is refused in plain text.
    let told = oneLine(problem?.message ?? String(decoding: bytes.prefix(2000), as: UTF8.self))
    let code = oneLine(([String(response.status)] + [reason ?? response.statusText]).joined(separator: " "))
    let message = "\(named(subject)): \(code)" + (told.isEmpty || told == reason ? "" : ": \(told)")
    let (kind, advice) = meaning(response, reason ?? "", told, subject)
    return ServiceError(
      kind, advice.isEmpty ? message : message + (message.hasSuffix(".") ? " " : ". ") + advice,
      retryAfter: response.headers.retryAfter(now: clock.now()))
  }

  private func meaning(_ response: HTTPResponse, _ reason: String, _ told: String, _ subject: Subject)
    -> (ServiceError.Kind, String)
  {
    switch response.status {
    case 401:
      return hasTokens
        ? (
          .expired,
          "The token of \(asker) is not taken (any more): if a new one is not either, mend the credentials"
        )
        : (.denied, "It wants credentials, and an emulator is told none: unset STORAGE_EMULATOR_HOST")
    case 403 where ["rateLimitExceeded", "userRateLimitExceeded"].contains(reason): return (.throttled, "")
    case 403:
      return (
        .denied,
        "Asked as \(asker): give it the role Storage Object User (roles/storage.objectUser) on the bucket "
          + "\(place.bucket), or use other credentials"
      )
    case 404: return absence(told, subject)
    case 410:
      if case .part = subject { return (.noSuchUpload, "") }
      return (.notFound, "")
    case 409: return (.conflict, "")
    case 412: return (.preconditionFailed, "")
    case 408, 500...: return (.failed, "")
    case 429: return (.throttled, "")
    // The sum that we sent is not that of what arrived.
    case 400 where told.lowercased().contains("crc32c"):
      return (.failed, "The bytes were damaged on their way")
    case 300..<400: return (.failed, "\(base) is no Google Cloud Storage, or something stands before it")
    default: return (.invalid, "")
    }
  }

  private func absence(_ told: String, _ subject: Subject) -> (ServiceError.Kind, String) {
    let noBucket = (
      ServiceError.Kind.denied, "There is no bucket \(place.bucket): make it, or mend the name of the store"
    )
    if told.contains("bucket does not exist") { return noBucket }
    return switch subject {
    case .object, .clock: (.notFound, "")
    case .part: (.noSuchUpload, "")
    case .write, .bucket: noBucket
    }
  }
}
