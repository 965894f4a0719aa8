import CloudStore
import Glibc
import ObjectStore
import ObjectStoreGCS
import StrandlineTesting
import Testing

/// Google's own client reads what we wrote and writes what we read.
@Suite struct ClientTests {
  static let isThere: Bool =
    unsafe getenv("CI") != nil
    || (try? runProcess(Stub.python, ["-c", "import google.cloud.storage"]))?.status == 0

  private func content(_ number: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8((number + $0 * $0) % 251) }
  }

  private func client(_ task: String, _ place: GCSLocation) throws {
    let outcome = try runProcess(
      Stub.python,
      [Stub.support + "gcs_client.py", Stub.shared.address, task, String(place.prefix.dropLast())])
    #expect(outcome.status == 0 && outcome.outputText.contains("well"), "\(outcome.errorText.suffix(2000))")
  }

  @Test(.enabled(if: isThere, "Google's client is not there: run Tests/Support/venv.sh"))
  func bothWays() throws {
    let (ours, theirs) = (try Stub.shared.place(), try Stub.shared.place())
    let store = Stub.shared.store(try Stub.shared.service(ours))
    let service = try Stub.shared.service(theirs)
    try client("write", theirs)
    for (number, size) in [0, 1, 1000, 700_000].enumerated() {
      let key = try ObjectKey("dir/ü +\(number)")
      let writer = try store.create(key, if: .absent)
      try writer.write(content(number, size))
      _ = try writer.commit()
      #expect(try service.read(key) == content(number, size))
      #expect(try service.info(key).size == size)
    }
    try client("read", ours)
  }
}
