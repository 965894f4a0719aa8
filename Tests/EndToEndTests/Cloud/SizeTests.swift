import Documents
import StrandlineTesting
import Testing

extension CloudTests {
  /// Memory does not grow with an object. The other side throws away what it is sent, after it has compared it, and
  /// makes up what it is asked for (`Tests/Support/endless_store.py`).
  @Suite(.serialized) struct SizeTests {
    static let limit = 64 << 20
    /// `make test-faults` sends 10 GiB.
    static let size = Cloud.variable("STRANDLINE_TEST_FAULTS") == nil ? 300 << 20 : 10 << 30

    @Test(arguments: ["s3://tests", "gs://bucket"])
    func anObjectOfAnySizeTakesLittleMemory(bucket: String) throws {
      let server = try Server.python("endless_store.py")
      let folder = try TemporaryFolder()
      var environment = Cloud.noCloud
      environment["AWS_ENDPOINT_URL_S3"] = server.address
      environment["AWS_ACCESS_KEY_ID"] = "AKIATESTKEY"
      environment["AWS_SECRET_ACCESS_KEY"] = Cloud.secret
      environment["STORAGE_EMULATOR_HOST"] = server.address
      for command in ["send", "receive"] {
        let words = [command, "\(bucket)/p", "large-\(Self.size)", "\(Self.size)"]
        let begin = ContinuousClock.now
        let outcome = try runProcess(
          builtExecutable("PeakMemory"), [folder.path + "/peak", builtExecutable("StoreRace")] + words,
          environment: environment, timeLimit: 1200)
        #expect(outcome.status == 0, "\(outcome.outputText)\(outcome.errorText)")
        if command == "receive" { #expect(outcome.outputText == "well\n") }
        let figures = try runProcess("cat", [folder.path + "/peak"]).outputText.split(separator: " ")
        let peak = (figures.first.flatMap { Int($0) } ?? .max >> 10) << 10
        print(
          "\(command) \(Self.size >> 20) MiB, \(bucket): at most \(peak >> 20) MiB, \(ContinuousClock.now - begin)"
        )
        #expect(peak < Self.limit, "\(command) of \(Self.size) bytes took \(peak >> 20) MiB")
      }
      let taken = try runProcess("curl", ["-s", "--noproxy", "*", server.address + "/__taken"]).output
      let sizes = try Documents.decode([String: Int].self, from: taken, name: "what was taken")
      #expect(sizes.values.map { $0 } == [Self.size])
    }
  }
}
