import Basics
import Testing

import Databases

/// What is asked through a driver that cannot be told to refuse writing.
@Suite struct ReadOnlyQueryTests {
  @Test(arguments: [
    "SELECT 1", " \n(select a from b) union select c from d", "WITH x AS (SELECT 1) SELECT * FROM x",
    "values (1)",
    "TABLE cases;", "SELECT ';' AS a, \";\" AS b, [;] AS c, `;` AS d ; \n-- done; really\n /* ; */ ",
    "SELECT \"update\", deleted, 'insert' FROM updates", "SELECT ä_delete, größe FROM a",
    "-- first\n/* then */ SELECT 'it''s; fine'",
  ])
  func isTaken(query: String) throws { try ReadOnlyQuery.check(query) }

  @Test(arguments: [
    ("DELETE FROM a", "begins with DELETE"), ("", "says nothing"), (" ; ", "says nothing"),
    ("-- SELECT 1", "says nothing"),
    ("/* SELECT */ DROP TABLE a", "begins with DROP"), ("EXEC report", "begins with EXEC"),
    ("SELECT 1; DELETE FROM a", "behind a semicolon"), ("COMMIT; SELECT 1", "begins with COMMIT"),
    ("SELECT 'a'; COMMIT", "behind a semicolon"), ("SELECT 1 /* open; DELETE", "is not closed"),
    ("SELECT 'open; DELETE FROM a", "is not closed"), ("{call report}", "begins with {"),
    ("SELECTED", "begins with SELECTED"),
    ("WITH x AS (SELECT 1) INSERT INTO a SELECT * FROM x RETURNING b", "says INSERT"),
    ("WITH x AS (delete from a returning *) SELECT * FROM x", "says DELETE"),
  ])
  func isRefused(query: String, says: String) {
    do {
      try ReadOnlyQuery.check(query)
      Issue.record("\(query) was taken")
    } catch {
      #expect(error.kind == .settings && error.message.contains(says), "\(error.message)")
    }
  }
}
