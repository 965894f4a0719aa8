import Documents
import Glibc
import StrandlineTesting
import Testing

/// `examples/lambda/bootstrap` against a stub of Lambda's Runtime API.
@Suite struct LambdaTests {
  private static let api = "/2018-06-01/runtime/invocation"
  private static let scheduled =
    #"{"version":"0","id":"53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa","detail-type":"Scheduled Event","source":"aws.events"}"#

  private struct Answer: Encodable {
    var method = "*"
    var path: String
    var status: Int
    var headers: [String: String] = [:]
    var body = ""
  }

  private struct Asked: Decodable {
    var path, body: String
    var headers: [String: String]
  }

  /// Lets Lambda bring events, each with its deadline in seconds from now; returns what it was told of each.
  private func bring(_ events: [(body: String, seconds: Int)], handler: String, to bench: Bench) throws
    -> [Asked]
  {
    var answers = events.enumerated().map { (number, event) in
      Answer(
        path: "\(Self.api)/next", status: 200,
        headers: [
          "Lambda-Runtime-Aws-Request-Id": "request-\(number)",
          "Lambda-Runtime-Deadline-Ms": DeadlineTests.milliseconds(in: event.seconds),
        ], body: event.body)
    }
    // A machine that is taken away.
    answers.append(Answer(path: "\(Self.api)/next", status: 410))
    for number in events.indices {
      for kind in ["response", "error"] {
        answers.append(Answer(path: "\(Self.api)/request-\(number)/\(kind)", status: 202))
      }
    }
    let text = String(decoding: Documents.encode(answers), as: UTF8.self)
    let stub = try Server.python("http_stub.py", input: text.replacing("\n", with: "") + "\n")
    let root = String(try builtExecutable("fetch").dropLast("/fetch".count))
    let outcome = try bench.start(
      path: SharedData.package + "/examples/lambda/bootstrap", [],
      variables: [
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:\(stub.port)", "LAMBDA_TASK_ROOT": root, "_HANDLER": handler,
        "STRANDLINE_FEED": bench.path("feed.yaml"), "no_proxy": "127.0.0.1",
      ]
    ).wait(timeLimit: 120)
    #expect(outcome.status == 1 && outcome.errorText.contains("410"), "\(outcome.errorText)")
    let log = try runProcess(
      "curl", ["-sS", "\(stub.address)/__log"], environment: ["no_proxy": "127.0.0.1"])
    return try Documents.decode([Asked].self, from: log.output, name: "the log").filter {
      !$0.path.hasSuffix("/next")
    }
  }

  @Test func oneRunHoweverOftenItIsToldOf() throws {
    let bench = try Bench(environment: DeadlineTests.terms)
    try bench.write("cases.csv", "id,v\n1,a\n")
    let told = try bring([(Self.scheduled, 60), (Self.scheduled, 60)], handler: "run", to: bench)
    #expect(told.map(\.path) == ["\(Self.api)/request-0/response", "\(Self.api)/request-1/response"])
    let events = try told.map { try Documents.decode(Event.self, from: Array($0.body.utf8), name: $0.path) }
    #expect(events.first?.data.outcome == "published")
    #expect(Set(events.map(\.id)).count == 1)
    #expect(try bench.runs().count == 1)
  }

  @Test func stagesOneByOne() throws {
    let bench = try Bench(environment: DeadlineTests.terms)
    try bench.write("cases.csv", "id,v\n1,a\n")
    var payload = "{}"
    for stage in Bench.stages {
      let told = try bring([(payload, 60)], handler: stage, to: bench)
      #expect(told.map(\.path) == ["\(Self.api)/request-0/response"])
      payload = try #require(told.first).body
    }
    #expect(try bench.publishedSeq() == 1)
  }

  /// The next event comes while the lease would last for an hour.
  @Test func theTimeIsUp() throws {
    let bench = try Bench(
      feed: "feed: cases\nstore: ./store\nsource: { path: pipe }\nkey: [id]\n",
      environment: DeadlineTests.terms)
    #expect(unsafe mkfifo(bench.path("pipe"), 0o600) == 0)
    let told = try bring([("{}", 5)], handler: "run", to: bench)
    #expect(told.map(\.path) == ["\(Self.api)/request-0/error"])
    #expect(told.first?.headers["lambda-runtime-function-error-type"] == "Strandline.75")
    #expect(try bench.lock().trouble?.message.contains("the deadline") == true)
    #expect(unsafe unlink(bench.path("pipe")) == 0)
    try bench.write("pipe", "id,v\n1,a\n")
    let next = try bring([("{}", 60)], handler: "run", to: bench)
    #expect(next.map(\.path) == ["\(Self.api)/request-0/response"])
    #expect(try bench.publishedSeq() == 1)
  }

  @Test func whatFails() throws {
    let bench = try Bench()
    let told = try bring([("{}", 60)], handler: "fech", to: bench)
    #expect(told.first?.body.contains(#""errorType":"Strandline.64""#) == true)
    let other = try bring([("{}", 60)], handler: "run", to: bench)
    #expect(other.map(\.path) == ["\(Self.api)/request-0/error"])
  }
}
