import Basics

/// What a server's refusal means for a person (<https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors>:
/// the first word says what it is).
enum RedisProblems {
  /// - Throws: if the reply is an error.
  static func check(_ reply: RedisReply, _ command: String, _ name: String) throws(Failure) {
    guard reply.kind == .error else { return }
    throw failure(reply.text, command, name)
  }

  static func failure(_ text: String, _ command: String, _ name: String) -> Failure {
    let said = "\(name) answered \(command) with: \(text.prefix(300))"
    func settings(_ advice: String, isLogin: Bool = false) -> Failure {
      Failure(.settings, "\(said); \(advice)", cause: isLogin ? .refusedLogin : nil)
    }
    func later(_ advice: String) -> Failure { Failure(.unavailable, "\(said); \(advice)") }
    switch text.prefix(while: { $0 != " " }) {
    case "NOAUTH":
      return settings(
        "name a password in source.auth: { password_env: NAME }, and a user if it has one", isLogin: true)
    case "WRONGPASS": return settings("check the user and the password of source.auth", isLogin: true)
    case "NOPERM":
      return settings(
        "the user needs leave for SCAN, GET, HGETALL, TYPE and EXISTS as far as source.redis asks for them, and for the keys "
          + "(ACL SETUSER … %R~pattern +scan +get)", isLogin: ["HELLO", "AUTH"].contains(command))
    case "DENIED": return settings("the server is in protected mode: give it a password")
    case "MOVED", "ASK", "CROSSSLOT", "CLUSTERDOWN":
      return settings(
        "it is a node of a Redis Cluster and has only a part of the keys, which is not taken for a whole dump"
      )
    case "LOADING", "MASTERDOWN", "BUSY", "TRYAGAIN": return later("try again once it is ready")
    case "ERR":
      if text.contains("max number of clients") { return later("it has too many clients") }
      if text.contains("invalid password") { return settings("check source.auth", isLogin: true) }
      if text.contains("without any password") { return settings("check source.auth") }
      if text.contains("DB index") { return settings("check the number of the database in source.url") }
      return settings("it does not know or allow that")
    default: return later("nothing of the dump is kept")
    }
  }
}
