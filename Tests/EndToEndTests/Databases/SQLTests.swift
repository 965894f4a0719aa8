import StrandlineTesting
import Testing

/// Feeds of a PostgreSQL database, by the real server, through libpq and through ODBC.
@Suite struct SQLTests {
  @Test(arguments: Way.allCases) func threeTicks(way: Way) throws {
    let server = try PostgresServer(
      "CREATE TABLE cases (id int PRIMARY KEY, name text); INSERT INTO cases VALUES (1, 'a'), (2, 'b'), (3, 'c')"
    )
    try server.describe(way, "SELECT id, name FROM cases ORDER BY id")
    #expect(try server.bench.run().data.counts?.inserted == 3)
    try server.tell(
      "UPDATE cases SET name = 'ä\"\\' WHERE id = 2; DELETE FROM cases WHERE id = 3; INSERT INTO cases VALUES (10, NULL)"
    )
    let second = try server.bench.run()
    #expect(second.data.counts?.inserted == 1 && second.data.counts?.updated == 1)
    #expect(second.data.counts?.deleted == 1)
    try server.bench.run(expecting: "unchanged")
    // Another order is no change.
    try server.describe(way, "SELECT id, name FROM cases ORDER BY id DESC")
    #expect(try server.bench.run(expecting: "published").data.counts?.updated == 0)
    try server.tell("INSERT INTO cases VALUES (3, 'again')")
    #expect(try server.bench.run().data.counts?.inserted == 1)
    func state(_ time: String) throws -> [String] {
      try server.bench.query("--as-of", time, "--format", "jsonl").split(separator: "\n").map(String.init)
        .sorted()
    }
    let times = try server.bench.runs().filter { $0.entry != nil }.map(\.validFrom)
    let (a, b) = (#"{"id":1,"name":"a"}"#, #"{"id":2,"name":"ä\"\\"}"#)
    #expect(try state(times[0]) == [a, #"{"id":2,"name":"b"}"#, #"{"id":3,"name":"c"}"#])
    #expect(try state(times[1]) == [a, #"{"id":10,"name":null}"#, b])
    #expect(try state("now") == [a, #"{"id":10,"name":null}"#, b, #"{"id":3,"name":"again"}"#])
  }

  private static let types = """
    CREATE DOMAIN posint AS int;
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TABLE t (id int, small smallint, big bigint, exact numeric, scaled numeric(12, 4), single real, double double precision,
      flag boolean, plain json, binary_json jsonb, bytes bytea, day date, moment timestamp, zoned timestamptz, clock time,
      span interval, unique_id uuid, list int[], domain posint, feeling mood, long text);
    INSERT INTO t VALUES (1, -2, 9223372036854775807, 123456789012345678901234567890.1234500, 0.5, 1.1, 1e-7, true,
      '{"b":  1.50,\n "a": [1]}', '{"b": 1.50}', '\\x00ff10', '2026-11-21', '2026-11-21 08:00:00.25', '2026-11-21 08:00:00+01',
      '23:59:01', '1 day 02:00', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{1,2}', 7, 'ok', 'é😀' || repeat('x', 10));
    INSERT INTO t (id, exact, single, double, flag, day, moment, zoned) VALUES (2, 'NaN', 'infinity', '-infinity', false,
      '10000-01-01', 'infinity', '0044-03-15 12:00:00+00 BC');
    INSERT INTO t (id) VALUES (3);
    """

  @Test func typesThroughLibpq() throws {
    let server = try PostgresServer(Self.types)
    try server.describe(.libpq, "SELECT * FROM t ORDER BY id")
    let dump = try server.bench.query("--dump", server.bench.run().data.run).split(separator: "\n")
    try #require(dump.count == 3)
    let first: [String] = [
      #"{"id":1,"small":-2,"big":9223372036854775807,"exact":123456789012345678901234567890.1234500,"scaled":0.5000,"#,
      #""single":1.1,"double":1e-07,"flag":true,"plain":{"b":  1.50,  "a": [1]},"binary_json":{"b": 1.50},"bytes":"00ff10","#,
      #""day":"2026-11-21","moment":"2026-11-21T08:00:00.25","zoned":"2026-11-21T07:00:00Z","clock":"23:59:01","#,
      #""span":"P1DT2H","unique_id":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11","list":"{1,2}","domain":7,"feeling":"ok","#,
      #""long":"é😀xxxxxxxxxx"}"#,
    ]
    #expect(String(dump[0]) == first.joined())
    #expect(
      dump[1].hasPrefix(
        #"{"id":2,"small":null,"big":null,"exact":"NaN","scaled":null,"single":"Infinity","double":"-Infinity","#
      )
    )
    #expect(
      dump[1].contains(#""day":"10000-01-01","moment":"infinity","zoned":"0044-03-15 12:00:00+00 BC""#),
      "\(dump[1])")
    #expect(dump[2].hasPrefix(#"{"id":3,"small":null,"#) && dump[2].hasSuffix(#","long":null}"#))
  }

  @Test func typesThroughODBC() throws {
    let server = try PostgresServer(
      Self.types + "UPDATE t SET long = 'é😀' || repeat('x', 300000) WHERE id = 1")
    try server.describe(.odbc, "SELECT * FROM t WHERE id <> 2 ORDER BY id")
    let dump = try server.bench.query("--dump", server.bench.run().data.run).split(separator: "\n")
    try #require(dump.count == 2)
    let long = String(repeating: "x", count: 300_000)
    var parts: [String] = [
      #"{"id":1,"small":-2,"big":9223372036854775807,"exact":123456789012345678901234567890.1234500,"scaled":0.5000,"#,
      #""single":1.1,"double":1e-07,"flag":true,"plain":"{\"b\":  1.50,\n \"a\": [1]}","binary_json":"{\"b\": 1.50}","bytes":"00ff10","#,
      #""day":"2026-11-21","moment":"2026-11-21T08:00:00.25","zoned":"2026-11-21T07:00:00","clock":"23:59:01","#,
      #""unique_id":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11","list":"{1,2}","domain":7,"feeling":"ok","#,
    ]
    parts.append("\"long\":\"é😀\(long)\"}")
    for part in parts {
      #expect(dump[0].contains(part), "\(part.prefix(300))\n\(dump[0].prefix(1200))")
    }
    #expect(
      dump[1].hasPrefix(#"{"id":3,"small":null,"#) && dump[1].hasSuffix(#","long":null}"#), "\(dump[1])")
  }

  /// A result larger than what may be held.
  @Test(arguments: Way.allCases) func manyRows(way: Way) throws {
    let server = try PostgresServer("")
    try server.describe(
      way, "SELECT n AS id, repeat(md5(n::text), 500) AS text FROM generate_series(1, 10000) n")
    let (tick, memory, _) = try server.bench.measuredTick()
    #expect(tick.status == 0, "\(tick)")
    #expect(try tick.event?.data.counts?.inserted == 10_000)
    #expect(memory[0] < 96 << 20, "fetch took \(memory[0] >> 20) MiB")
  }

  /// Dates in a query follow from the run, and other braces are what they are.
  @Test func datesInAQuery() throws {
    let server = try PostgresServer("")
    try server.describe(
      .libpq, "SELECT 1 AS id, date '{today-1d}' - date '{today}' AS days, '{7}'::int[] AS list")
    try server.bench.run()
    #expect(
      try server.bench.query("--as-of", "now", "--format", "jsonl") == #"{"id":1,"days":-1,"list":"{7}"}"#
        + "\n")
  }
}
