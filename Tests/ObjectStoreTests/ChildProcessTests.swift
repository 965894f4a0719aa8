import Glibc
import StrandlineTesting
import Testing

@Suite struct ChildProcessTests {
  @Test func tellsOutputErrorsAndExitCode() throws {
    let outcome = try runProcess("sh", ["-c", "echo out; echo err >&2; exit 7"])
    #expect(outcome.outputText == "out\n")
    #expect(outcome.errorText == "err\n")
    #expect(outcome.ending == .exited(7))
    #expect(outcome.status == 7)
  }

  @Test func muchInputAndOutputDoNotBlockEachOther() throws {
    let bytes = [UInt8](repeating: 0x78, count: 3 << 20)
    let outcome = try runProcess("sh", ["-c", "tee /dev/stderr"], input: bytes)
    #expect(outcome.status == 0)
    #expect(outcome.output == bytes)
    #expect(outcome.errors == bytes)
  }

  @Test func aProgramMayIgnoreItsInput() throws {
    let outcome = try runProcess("true", input: [UInt8](repeating: 0, count: 1 << 20))
    #expect(outcome.status == 0)
  }

  @Test func theProgramDiesOfABrokenPipeAsUsual() throws {
    // The shell's own code for a child that a signal ended.
    let outcome = try runProcess("bash", ["-c", "yes | head -1 >/dev/null; echo ${PIPESTATUS[0]}"])
    #expect(outcome.outputText == "\(128 + SIGPIPE)\n")
  }

  @Test func setsEnvironmentAndFolder() throws {
    let clean = try runProcess("/usr/bin/env", environment: ["A": "b c"], inherit: false)
    #expect(clean.outputText == "A=b c\n")
    let full = try runProcess("sh", ["-c", "echo $PATH$A; pwd"], environment: ["A": "x"], directory: "/")
    #expect(full.outputText.hasSuffix("x\n/\n") && full.outputText.count > 5)
    #expect(try runProcess("sh", ["-c", "echo $1", "sh", "a b"], directory: "/").outputText == "a b\n")
  }

  @Test func aProgramThatIsNotThereIsReported() {
    let error = #expect(throws: ChildProcessError.self) { try runProcess("/nowhere/program") }
    #expect(error?.description == "cannot start /nowhere/program: No such file or directory")
  }

  @Test func theTimeIsLimited() throws {
    let error = #expect(throws: ChildProcessError.self) {
      try runProcess("sh", ["-c", "echo begun; sleep 600"], timeLimit: 0.3)
    }
    #expect(error?.description.contains("did not come to an end in time: it wrote \"begun\n\"") == true)
  }

  @Test func anEndIsSeenThoughAGrandchildKeepsThePipe() throws {
    let outcome = try runProcess("sh", ["-c", "sleep 30 & echo $!"], timeLimit: 20)
    let id = try #require(Int32(outcome.outputText.dropLast()))
    #expect(outcome.status == 0)
    #expect(kill(id, SIGKILL) == 0)
  }

  @Test func aConversationIsPossible() throws {
    let child = try ChildProcess("sh", ["-c", "read a; echo got $a; read b; echo end"], input: nil)
    child.write("one\n")
    try child.waitForOutput("got one")
    child.closeInput()
    #expect(try child.wait().outputText == "got one\nend\n")
  }

  @Test func waitingForWhatNeverComesIsReported() throws {
    let child = try ChildProcess("sh", ["-c", "echo other"])
    let error = #expect(throws: ChildProcessError.self) { try child.waitForOutput("this") }
    #expect(error?.description.contains("ended without writing \"this\": it wrote \"other") == true)
  }

  @Test func asSignalsEndIt() throws {
    let child = try ChildProcess("sleep", ["600"])
    child.send(SIGTERM)
    let outcome = try child.wait()
    #expect(outcome.ending == .signalled(SIGTERM))
    #expect(outcome.status == 143)
  }
}
