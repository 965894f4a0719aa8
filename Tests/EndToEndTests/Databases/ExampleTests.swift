import StrandlineTesting
import Testing

/// The examples of databases, as people run them.
@Suite struct DatabaseExampleTests {
  private func run(_ name: String, _ variables: String = "") throws -> (Result, counts: [String]) {
    let bench = try Bench()
    let said = try bench.shell(
      "STRANDLINE_BIN=$bin WORK=$PWD/work \(variables) bash \(SharedData.package)/examples/\(name)/run")
    #expect(said.status == 0, "\(said)")
    let table = said.output.split(separator: "query --runs\n").last ?? ""
    let rows = table.split(separator: "\n\n")[0].split(separator: "\n").dropFirst()
    return (
      said,
      rows.map { $0.split(separator: ",", omittingEmptySubsequences: false).suffix(3).joined(separator: ",") }
    )
  }

  @Test func redis() throws {
    let (said, counts) = try run("redis")
    #expect(counts == ["500,0,0", "0,2,1", "1,0,0"], "\(said)")
    #expect(said.output.contains("more on Friday"))
  }

  @Test func postgresql() throws {
    let (said, counts) = try run("postgresql")
    #expect(counts == ["1000,0,0", "0,1,2", "1,0,0"], "\(said)")
  }

  @Test func odbc() throws {
    let (said, counts) = try run("odbc")
    #expect(counts == ["500,0,0", "0,1,2", "1,0,0"], "\(said)")
    #expect(said.output.contains(#""price":17.75"#), "\(said)")
  }

  @Test func backtraces() throws {
    let (said, counts) = try run("backtraces", "CALLS=10000")
    #expect(counts.first == "30,0,0" && counts.last == "10,0,0", "\(said)")
    #expect(counts.dropFirst().dropLast().allSatisfy { $0 == "0,0,0" || $0 == ",," }, "\(said)")
    #expect(said.output.contains("old_price()"), "\(said)")
    for line in said.output.split(separator: "\n") where line.contains("a second") {
      print("traces by PHP: \(line)")
    }
  }
}
