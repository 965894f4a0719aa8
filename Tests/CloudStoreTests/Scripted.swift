import Basics
import CloudStore
import ObjectStore
import StrandlineTesting
import Synchronization

/// Answers its first requests with errors, and takes note of how much is sent and kept.
final class Scripted: CloudService {
  private let service: MemoryService
  private let errors: Mutex<[ServiceError]>
  private let most = Mutex(0)

  init(_ service: MemoryService, _ errors: [ServiceError]) {
    self.service = service
    self.errors = Mutex(errors.reversed())
  }

  /// The most bytes that were handed over at once.
  var mostBytes: Int { most.withLock { $0 } }

  private func next() throws(ServiceError) {
    if let error = errors.withLock({ $0.popLast() }) { throw error }
  }

  var location: String { service.location }
  var uploads: UploadRules { service.uploads }
  var deletesByVersion: Bool { service.deletesByVersion }
  func uri(of key: ObjectKey) -> String { service.uri(of: key) }
  func info(_ key: ObjectKey) throws(ServiceError) -> ObjectInfo {
    try next()
    return try service.info(key)
  }
  func open(_ key: ObjectKey, range: Range<Int>?, ifVersion version: String?) throws(ServiceError)
    -> any ServiceBody
  {
    try next()
    return try service.open(key, range: range, ifVersion: version)
  }
  func put(_ key: ObjectKey, _ bytes: [UInt8], if condition: WriteCondition) throws(ServiceError) -> Written {
    try next()
    most.withLock { $0 = max($0, bytes.count) }
    return try service.put(key, bytes, if: condition)
  }
  func beginUpload(_ key: ObjectKey, if condition: WriteCondition) throws(ServiceError) -> Upload {
    try service.beginUpload(key, if: condition)
  }
  func send(_ part: UploadPart, _ bytes: [UInt8], of upload: Upload) throws(ServiceError) -> PartReceipt {
    most.withLock { $0 = max($0, bytes.capacity) }
    // What it holds is not kept: these are large.
    return try service.send(part, [UInt8](bytes.prefix(uploads.leastPart)), of: upload)
  }
  func copy(_ part: UploadPart, from key: ObjectKey, range: Range<Int>, of upload: Upload)
    throws(ServiceError) -> PartReceipt
  {
    try service.copy(part, from: key, range: range, of: upload)
  }
  func complete(_ upload: Upload, _ parts: [PartReceipt], if condition: WriteCondition)
    throws(ServiceError) -> Written
  {
    try service.complete(upload, parts, if: condition)
  }
  func abort(_ upload: Upload) throws(ServiceError) { try service.abort(upload) }
  func abandoned(prefix: String, before time: Instant) throws(ServiceError) -> [Upload] {
    try service.abandoned(prefix: prefix, before: time)
  }
  func delete(_ key: ObjectKey, ifVersion version: String?) throws(ServiceError) {
    try next()
    try service.delete(key, ifVersion: version)
  }
  func list(prefix: String, after: String?, limit: Int) throws(ServiceError) -> ListPage {
    try service.list(prefix: prefix, after: after, limit: limit)
  }
  func now() throws(ServiceError) -> Instant { try service.now() }
}
