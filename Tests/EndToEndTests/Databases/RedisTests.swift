import StrandlineTesting
import Testing

/// Feeds of Redis databases, by the real server.
@Suite struct RedisTests {
  @Test func threeTicks() throws {
    let redis = try RedisServer()
    try redis.tell("SET t:1 one\nSET t:2 two\nSET t:3 three\nSET other x\n")
    let source = "url: redis://$/0\nredis: { match: \"t:*\" }"
    let settings = "key: [key]\nguards: { gone_at_least: 10 }"
    #expect(
      try redis.records(source, settings)
        == #"{"key":"t:1","value":"one"}"# + "\n" + #"{"key":"t:2","value":"two"}"# + "\n"
        + #"{"key":"t:3","value":"three"}"# + "\n")
    try redis.tell("SET t:2 zwei\nDEL t:3\nSET t:10 ten\n")
    let second = try redis.bench.run()
    #expect(second.data.counts?.inserted == 1 && second.data.counts?.updated == 1)
    #expect(second.data.counts?.deleted == 1)
    try redis.tell("SET t:3 again\nSET other y\n")
    let third = try redis.bench.run()
    #expect(third.data.counts?.inserted == 1 && third.data.counts?.updated == 0)
    try redis.bench.run(expecting: "unchanged")

    func state(_ time: String) throws -> [Substring] {
      try redis.bench.query("--as-of", time, "--format", "csv").split(separator: "\n")
    }
    let times = try redis.bench.runs().filter { $0.entry != nil }.map(\.validFrom)
    try #require(times.count == 3)
    #expect(try state(times[0]) == ["key,value", "t:1,one", "t:2,two", "t:3,three"])
    #expect(try state(times[1]) == ["key,value", "t:1,one", "t:10,ten", "t:2,zwei"])
    #expect(try state(times[2]) == ["key,value", "t:1,one", "t:10,ten", "t:2,zwei", "t:3,again"])
  }

  @Test func whatValuesAre() throws {
    let redis = try RedisServer()
    try redis.tell(
      #"""
      SET s:1 "a \"b\" \\ \t\r\n\x01 é"
      SET s:2 ""
      SET j:1 "{\"b\": [1.50,\n null], \"a\": {}}"
      SET j:2 " { } "
      SET j:3 "17"
      SET j:4 "[1, \"a,b\"]"
      SET j:5 "\"text: {\""
      HSET h:1 b 2 a 1 é ü
      """# + "\n")
    var number = 0
    /// Each is a feed of its own, so that all are read from the beginning.
    func dump(_ settings: String, key: String = "key") throws -> [Substring] {
      number += 1
      try redis.describe("url: redis://$\nredis: { \(settings) }", "key: [\(key)]")
      try redis.bench.write(
        "feed.yaml", redis.bench.text("feed.yaml").replacing("feed: cases", with: "feed: f\(number)"))
      let tick = try redis.bench.tick()
      #expect(tick.status == 0, "\(tick)")
      let event = try #require(try tick.event)
      return try redis.bench.query("--dump", event.data.run).split(separator: "\n")
    }
    let strings = [
      #"{"key":"s:1","value":"a \"b\" \\ \t\r\n\u0001 é"}"#, #"{"key":"s:2","value":""}"#,
    ]
    #expect(try dump("match: 's:*'").map(String.init) == strings)
    #expect(
      try dump("match: 's:*', values: hex").map(String.init) == [
        #"{"key":"s:1","value":"6120226222205c20090d0a0120c3a9"}"#, #"{"key":"s:2","value":""}"#,
      ])
    #expect(
      try dump("match: 'j:*', values: json, key_column: id", key: "id").map(String.init) == [
        #"{"id":"j:1","b": [1.50,  null], "a": {}}"#, #"{"id":"j:2"}"#, #"{"id":"j:3","value":17}"#,
        #"{"id":"j:4","value":[1, "a,b"]}"#, #"{"id":"j:5","value":"text: {"}"#,
      ])
    let hash = #"{"key":"h:1","a":"1","b":"2","é":"ü"}"#
    #expect(try dump("match: 'h:*', values: hash").map(String.init) == [hash])
    #expect(try dump("match: '[hs]:*', values: auto, count: 1").map(String.init) == [hash] + strings)
  }

  /// One key of another kind does not stop the rest, and is told.
  @Test func whatIsNoRecordGoesToQuarantine() throws {
    let redis = try RedisServer()
    try redis.tell(
      #"""
      HSET a:1 name x
      HSET a:2 key clash
      HSET a:3 name "\xff\x00"
      SET a:4 text
      RPUSH a:5 1
      SET "b\xfe:6" x
      SET c:7 "{\"a\":1} {\"b\":2}"
      SET c:8 "{\"a\":1]"
      SET c:9 "{\"key\":1}"
      SET c:A "{\"a\":nul}"
      SET c:B "1,\"b\":2"
      """# + "\n")
    let lenient = "key: [key]\nguards: { bad: 100% }"
    try redis.describe("url: redis://$\nredis: { match: 'a:*', values: hash }", lenient)
    let event = try redis.bench.run()
    #expect(try redis.bench.query("--as-of", "now", "--format", "csv") == "key,name\na:1,x\n")
    let rows = try redis.bench.quarantine(event)
    #expect(rows.count == 4, "\(rows)")
    #expect(rows.contains { $0.bytes?.contains("the key a:4 is of another type") == true }, "\(rows)")
    #expect(rows.contains { $0.bytesHex != nil }, "\(rows)")

    try redis.describe("url: redis://$\nredis: { match: '[ab]*', values: auto }", lenient)
    let mixed = try redis.bench.quarantine(try redis.bench.run())
    #expect(mixed.contains { $0.bytes?.contains("the key a:5 is of the type list") == true }, "\(mixed)")
    #expect(mixed.contains { $0.bytesHex?.contains("62fe3a36") == true }, "\(mixed)")

    try redis.ask("SET c:6 '{\"a\":1}'")
    try redis.describe("url: redis://$\nredis: { match: 'c:*', values: json }", lenient)
    let documents = try redis.bench.quarantine(try redis.bench.run())
    #expect(documents.count == 5, "\(documents)")
    #expect(
      documents.contains { $0.bytes?.contains("c:7 has a value that is no JSON") == true }, "\(documents)")
    #expect(
      documents.contains { $0.bytes?.contains("c:B has a value that is no JSON") == true }, "\(documents)")
  }

  /// A small feed is refused for one key: the message says which, and why.
  @Test func aKeyOfAnotherTypeIsNamed() throws {
    let redis = try RedisServer()
    try redis.tell("HSET a:1 name x\nHSET a:2 name y\nSET a:3 text\n")
    try redis.describe("url: redis://$\nredis: { match: 'a:*', values: hash }")
    try redis.bench.tick().expect(
      65, says: "1 of 3 records are bad (guards.bad allows 1%): the first is in line 3 of the dump: ",
      "where an object should be: \"the key a:3 is of another type than source.redis.values says\"",
      "; the quarantine is /", "; if it is right all the same: dedupe --accept ")
  }

  /// The key of the feed has nothing to do with it.
  @Test func hashesThatAreReadAsText() throws {
    let redis = try RedisServer()
    try redis.tell("HSET a:1 name x\nHSET a:2 name y\n")
    try redis.describe("url: redis://$\nredis: { match: 'a:*', values: text }")
    let tick = try redis.bench.tick()
    tick.expect(
      65, says: "2 of 2 records are bad", "is of another type than source.redis.values says",
      ". Mend the source or source.redis.values in the feed file. There would be no record left")
    #expect(!tick.everything.contains("`key`"), "\(tick)")
  }

  /// More than memory should be asked for: the key is left, the others come.
  @Test func aHugeValueIsNotRead() throws {
    let redis = try RedisServer()
    for key in ["a", "b", "d", "e"] { try redis.ask("SET k:\(key) \(key)") }
    try redis.ask("SETRANGE k:c 300000000 x")
    try redis.describe("url: redis://$\nredis: { match: 'k:*' }", "key: [key]\nguards: { bad: 50% }")
    let (tick, memory, _) = try redis.bench.measuredTick()
    #expect(tick.status == 0, "\(tick)")
    #expect(memory[0] < 128 << 20, "fetch took \(memory[0] >> 20) MiB")
    #expect(
      try redis.bench.query("--as-of", "now", "--format", "csv") == "key,value\nk:a,a\nk:b,b\nk:d,d\nk:e,e\n")
    let event = try #require(try tick.event)
    let rows = try redis.bench.quarantine(event)
    #expect(
      rows.count == 1 && rows[0].bytes?.contains("the key k:c has a value of more than 17 MiB") == true,
      "\(rows)")
  }

  /// More keys than are sorted in memory at once.
  @Test func manyKeys() throws {
    let redis = try RedisServer()
    // Long names are many bytes soon.
    try redis.tell(
      "EVAL \"for i = 1, 45000 do redis.call('SET', string.rep('k', 400) .. i, i) end\" 0\n")
    try redis.describe("url: redis://$\nredis: { match: 'k*', count: 5000 }")
    let (tick, memory, _) = try redis.bench.measuredTick()
    #expect(tick.status == 0, "\(tick)")
    #expect(try tick.event?.data.counts?.inserted == 45_000)
    #expect(memory[0] < 128 << 20, "fetch took \(memory[0] >> 20) MiB")
    let run = try #require(try tick.event).data.run
    let order = try redis.bench.shell(
      "$bin/query --feed feed.yaml --dump \(run) | LC_ALL=C sort -c -u")
    #expect(order.status == 0, "\(order)")
  }
}
