import Basics
import CloudStore
import Documents

/// Finds who asks, as Google's own libraries do: the file that `GOOGLE_APPLICATION_CREDENTIALS` names, the file
/// that gcloud keeps, the metadata server.
enum CredentialsFile {
  private struct Kind: Decodable {
    var type: String?
  }

  /// Where tokens come from.
  static func source(_ surroundings: GCSSurroundings) throws(ServiceError) -> any TokenSource {
    if let path = surroundings.variable("GOOGLE_APPLICATION_CREDENTIALS") {
      guard let bytes = try read(path, surroundings) else {
        throw ServiceError(
          .denied,
          "GOOGLE_APPLICATION_CREDENTIALS names \(path), and there is no such file: mend the variable")
      }
      return try source(bytes, file: path, surroundings)
    }
    if let folder = gcloudFolder(surroundings) {
      let path = folder + "/application_default_credentials.json"
      if let bytes = try read(path, surroundings) { return try source(bytes, file: path, surroundings) }
    }
    let host = surroundings.variable("GCE_METADATA_HOST")
    return MetadataServer(
      host: host ?? "metadata.google.internal", isNamed: host != nil, http: surroundings.http)
  }

  /// Reads a document of credentials; what is wrong is said by field, never by content.
  static func decode<T: Decodable>(_ type: T.Type, from bytes: [UInt8], file: String) throws(ServiceError)
    -> T
  {
    do { return try Documents.decode(type, from: bytes, name: file) } catch {
      throw ServiceError(.denied, "\(oneLine(error.message)): it is no file of credentials of Google Cloud")
    }
  }

  private static func source(_ bytes: [UInt8], file: String, _ surroundings: GCSSurroundings)
    throws(ServiceError) -> any TokenSource
  {
    switch try decode(Kind.self, from: bytes, file: file).type {
    case "service_account": return try ServiceAccount(bytes, file: file, http: surroundings.http)
    case "authorized_user":
      return try UserAccount(bytes, file: file, tokenURL: surroundings.userTokens, http: surroundings.http)
    case let type:
      let found = type.map { "holds credentials of the type \"\(oneLine($0))\"" } ?? "does not say its type"
      throw ServiceError(
        .denied,
        "\(file) \(found), which cannot be used here: use the key of a service account (type service_account), "
          + "log in with gcloud auth application-default login (authorized_user), or leave "
          + "GOOGLE_APPLICATION_CREDENTIALS empty where a service account is attached (metadata server)")
    }
  }

  private static func gcloudFolder(_ surroundings: GCSSurroundings) -> String? {
    surroundings.variable("CLOUDSDK_CONFIG") ?? surroundings.variable("HOME").map { $0 + "/.config/gcloud" }
  }

  private static func read(_ path: String, _ surroundings: GCSSurroundings) throws(ServiceError) -> [UInt8]? {
    do { return try surroundings.readFile(path) } catch {
      throw ServiceError(.denied, "the credentials cannot be read: \(error.message)")
    }
  }
}
