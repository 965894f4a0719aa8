import CloudStore
import StrandlineTesting
import Testing

@Suite struct ConformanceTests {
  @Test(arguments: StoreConformance.checks)
  func stub(_ check: StoreConformance.Check) throws {
    try check.run(Stub.shared.store(Stub.shared.service()))
  }

  /// Everything of more than a part's length goes in parts.
  @Test(arguments: StoreConformance.checks)
  func stubInSmallParts(_ check: StoreConformance.Check) throws {
    var sizes = CloudSizes()
    sizes.part = 1
    sizes.atOnce = 1000
    try check.run(Stub.shared.store(Stub.shared.service(), sizes: sizes))
  }
}
