import Basics
import ObjectStore
import Synchronization

/// Counts every request on its way to a service.
final class CountingService: Sendable {
  let service: any CloudService
  private let counted = Mutex(RequestCounts())

  init(_ service: any CloudService) { self.service = service }

  var counts: RequestCounts { counted.withLock { $0 } }
  var location: String { service.location }
  var uploads: UploadRules { service.uploads }
  var deletesByVersion: Bool { service.deletesByVersion }
  var tellsAbsence: Bool { service.tellsAbsence }

  func uri(of key: ObjectKey) -> String { service.uri(of: key) }

  func info(_ key: ObjectKey) throws(ServiceError) -> ObjectInfo {
    count(.head)
    return try service.info(key)
  }

  func open(_ key: ObjectKey, range: Range<Int>?, ifVersion version: String?) throws(ServiceError)
    -> any ServiceBody
  {
    count(.get)
    return try service.open(key, range: range, ifVersion: version)
  }

  func put(_ key: ObjectKey, _ bytes: [UInt8], if condition: WriteCondition) throws(ServiceError) -> Written {
    count(.put)
    return try service.put(key, bytes, if: condition)
  }

  func beginUpload(_ key: ObjectKey, if condition: WriteCondition) throws(ServiceError) -> Upload {
    count(.begin)
    return try service.beginUpload(key, if: condition)
  }

  func send(_ part: UploadPart, _ bytes: [UInt8], of upload: Upload) throws(ServiceError) -> PartReceipt {
    count(.part)
    return try service.send(part, bytes, of: upload)
  }

  func copy(_ part: UploadPart, from key: ObjectKey, range: Range<Int>, of upload: Upload)
    throws(ServiceError) -> PartReceipt
  {
    count(.copy)
    return try service.copy(part, from: key, range: range, of: upload)
  }

  func rewrite(_ key: ObjectKey, from source: ObjectKey, if condition: WriteCondition) throws(ServiceError)
    -> Written
  {
    count(.copy)
    return try service.rewrite(key, from: source, if: condition)
  }

  func complete(_ upload: Upload, _ parts: [PartReceipt], if condition: WriteCondition)
    throws(ServiceError) -> Written
  {
    count(.complete)
    return try service.complete(upload, parts, if: condition)
  }

  func abort(_ upload: Upload) throws(ServiceError) {
    count(.abort)
    try service.abort(upload)
  }

  func abandoned(prefix: String, before time: Instant) throws(ServiceError) -> [Upload] {
    count(.list)
    return try service.abandoned(prefix: prefix, before: time)
  }

  func delete(_ key: ObjectKey, ifVersion version: String?) throws(ServiceError) {
    count(.delete)
    try service.delete(key, ifVersion: version)
  }

  func list(prefix: String, after: String?, limit: Int) throws(ServiceError) -> ListPage {
    count(.list)
    return try service.list(prefix: prefix, after: after, limit: limit)
  }

  func now() throws(ServiceError) -> Instant {
    count(.head)
    return try service.now()
  }

  private func count(_ kind: RequestCounts.Kind) { counted.withLock { $0.count(kind) } }
}
