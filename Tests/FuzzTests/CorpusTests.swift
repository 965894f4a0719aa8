import FuzzTargets
import Glibc
import StrandlineTesting
import Testing

/// What the fuzzer kept goes through the parsers that it was kept for once more, without any sanitizer.
@Suite struct CorpusTests {
  private static let folder = SharedData.package + "/Fuzzing/Corpus"
  private static let names = FuzzTarget.all.map(\.name)

  @Test(arguments: names) func everyInputHolds(name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let inputs = try files(name)
    #expect(!inputs.isEmpty, "Fuzzing/Corpus/\(name) has to have at least one file")
    for input in inputs {
      let bytes = try contents("\(name)/\(input)")
      do { try target.check(bytes) } catch { Issue.record("Fuzzing/Corpus/\(name)/\(input): \(error)") }
    }
    // What an empty input does says nothing yet of any other, but it is the one that nobody thinks of.
    try target.check([])
  }

  @Test func everyFolderIsOfATarget() throws {
    #expect(Set(Self.names).count == Self.names.count)
    #expect(try Set(files(".")) == Set(Self.names))
  }

  @Test func theCorpusIsSmall() throws {
    for name in Self.names {
      let bytes = try files(name).reduce(0) { try $0 + contents("\(name)/\($1)").count }
      #expect(bytes <= 100_000, "Fuzzing/Corpus/\(name) has \(bytes) bytes: make fuzz-merge TARGET=\(name)")
    }
  }

  @Test func aFindingIsThrown() throws {
    #expect(throws: FuzzTarget.Finding.self) { try FuzzTarget.planted.check(Array("stranded".utf8)) }
    try FuzzTarget.planted.check(Array("strandeD".utf8))
  }

  private func files(_ name: String) throws -> [String] {
    let listed = try runProcess("ls", ["-A", Self.folder + "/" + name], environment: ["LC_ALL": "C"])
    return listed.outputText.split(separator: "\n").map(String.init)
  }

  private func contents(_ path: String) throws -> [UInt8] {
    let file = unsafe try #require(fopen(Self.folder + "/" + path, "r"), "\(path) cannot be read")
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = unsafe fread(&bytes, 1, bytes.count, file)
    return Array(bytes[..<count])
  }
}
