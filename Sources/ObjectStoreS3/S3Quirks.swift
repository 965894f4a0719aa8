import HTTP
import Synchronization

/// Where stores that speak S3 do otherwise than S3: all that is known of them, and the reason beside it.
final class S3Quirks: Sendable {
  private let isAWS: Bool
  private let isRadosgw = Mutex(false)

  init(_ location: S3Location) { isAWS = location.isAWS }

  /// Learns from an answer who it is that answers.
  /// - Returns: whether something new was learnt.
  @discardableResult
  func learn(from headers: HTTPHeaders) -> Bool {
    // Ceph's request ids say which transaction, when and which zone: tx00000b65…-006b01a48d-1016-default.
    guard !isAWS, let id = headers["x-amz-request-id"], id.hasPrefix("tx0"),
      id.count(where: { $0 == "-" }) >= 3
    else { return false }
    return isRadosgw.withLock { known in
      defer { known = true }
      return !known
    }
  }

  /// The value of `If-Match` for a version.
  func match(_ version: String) -> String {
    // Ceph's radosgw (16.2) compares the header with the bare ETag, so that in quotes, as the RFC has it, no
    // version ever matches and every compare-and-swap is refused.
    isRadosgw.withLock { $0 } ? version : "\"\(version)\""
  }

  /// Whether the condition on a completed upload has to be looked at before, by a request of its own.
  ///
  /// radosgw (16.2) completes over whatever is there; moto judges `If-None-Match` and not `If-Match`. Between the
  /// look and the completion another writer may come: what several may write at once must be sent in one piece there.
  var looksBeforeCompleting: Bool { !isAWS }

  /// Whether a 500 to a completion may mean that there is no such upload, as after a completion whose answer was
  /// lost: so answer radosgw (16.2), which says that a completion is under way, and moto.
  var failsOnUnknownUploads: Bool { !isAWS }

  /// Whether listings that were asked for with `encoding-type=url` are encoded even if they do not say so: as
  /// radosgw's (16.2) of uploads.
  var encodesInSilence: Bool { isRadosgw.withLock { $0 } }

  /// Whether `If-Match` is honoured on a delete. S3 does since 2025; radosgw (16.2) deletes whatever is there, and
  /// answers 204.
  var deletesByVersion: Bool { isAWS }
}
