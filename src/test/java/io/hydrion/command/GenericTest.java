package io.hydrion.command;

import org.junit.jupiter.api.Test;

/**
 * Keys of any type: names, expiry, copies, databases: what is answered to whom does it right, and
 * wrong.
 */
class GenericTest extends CommandTest {
  @Test
  void names_answersAsRedis() {
    check("OK", "MSET", "a", "1", "b", "2");
    check("OK", "RENAME", "a", "c");
    check("1", "GET", "c");
    check("-ERR no such key", "RENAME", "a", "d");
    check("OK", "RENAME", "c", "c");
    check(0L, "RENAMENX", "c", "b");
    check(1L, "RENAMENX", "c", "d");
    check("1", "GET", "d");
    check(3L, "EXISTS", "a", "b", "c", "d", "d");
    check(0L, "DEL", "a");
    check(2L, "DEL", "b", "d");
    check(0L, "UNLINK", "b");
    check(0L, "DBSIZE");
    check("none", "TYPE", "b");
    check(0L, "TOUCH", "a", "b");
    check("OK", "SET", "a", "1");
    check(2L, "TOUCH", "a", "a", "missing");
    check(list("a"), "KEYS", "*");
    check(list(), "KEYS", "b*");
    check("-ERR wrong number of arguments for 'keys' command", "KEYS");
    check("a", "RANDOMKEY");
    check("-ERR wrong number of arguments for 'rename' command", "RENAME", "a");
    check("-ERR wrong number of arguments for 'exists' command", "EXISTS");
    check("-ERR wrong number of arguments for 'del' command", "DEL");
  }

  @Test
  void expire_answersAsRedis() {
    check("OK", "SET", "k", "v");
    check(-1L, "TTL", "k");
    check(-2L, "PTTL", "missing");
    check(1L, "EXPIRE", "k", "100");
    check(100L, "TTL", "k");
    check(0L, "EXPIRE", "k", "50", "GT");
    check(1L, "EXPIRE", "k", "200", "GT");
    check(200L, "TTL", "k");
    check(0L, "EXPIRE", "k", "300", "LT");
    check(1L, "EXPIRE", "k", "100", "LT");
    check(0L, "EXPIRE", "k", "10", "NX");
    check(1L, "EXPIRE", "k", "10", "XX");
    check(10L, "TTL", "k");
    check(1L, "PERSIST", "k");
    check(0L, "PERSIST", "k");
    check(0L, "EXPIRE", "k", "10", "XX");
    check(0L, "EXPIRE", "k", "10", "GT");
    check(1L, "EXPIRE", "k", "10", "LT");
    check(10L, "TTL", "k");
    check(
        "-ERR NX and XX, GT or LT options at the same time are not compatible",
        "EXPIRE",
        "k",
        "10",
        "NX",
        "XX");
    check(
        "-ERR GT and LT options at the same time are not compatible",
        "EXPIRE",
        "k",
        "10",
        "GT",
        "LT");
    check("-ERR Unsupported option FOO", "EXPIRE", "k", "10", "FOO");
    check("-ERR value is not an integer or out of range", "EXPIRE", "k", "abc");
    check("-ERR invalid expire time in 'expire' command", "EXPIRE", "k", "9223372036854775807");
    check(0L, "EXPIRE", "missing", "10");
    check(1L, "PEXPIRE", "k", "2500");
    check(2500L, "PTTL", "k");
    check(1L, "EXPIREAT", "k", "1700000500");
    check(1700000500L, "EXPIRETIME", "k");
    check(1700000500000L, "PEXPIRETIME", "k");
    check(1L, "PEXPIREAT", "k", "1700000500500");
    check(1700000501L, "EXPIRETIME", "k");
    check(-2L, "EXPIRETIME", "missing");
    check("OK", "SET", "p", "v");
    check(-1L, "EXPIRETIME", "p");
    check(1L, "EXPIRE", "k", "-1");
    check(0L, "EXISTS", "k");
    check(1L, "EXPIRE", "p", "0");
    check(0L, "EXISTS", "p");
    check("-ERR wrong number of arguments for 'expire' command", "EXPIRE", "p");
  }

  @Test
  void copies_answersAsRedis() {
    check("OK", "SET", "a", "v", "EX", "100");
    check(1L, "COPY", "a", "b");
    check(100L, "TTL", "b");
    check("v", "GET", "b");
    check(0L, "COPY", "a", "b");
    check("OK", "SET", "a", "w");
    check(1L, "COPY", "a", "b", "REPLACE");
    check("w", "GET", "b");
    check(-1L, "TTL", "b");
    check("-ERR source and destination objects are the same", "COPY", "a", "a");
    check(0L, "COPY", "missing", "c");
    check(1L, "COPY", "a", "c", "DB", "1");
    check(0L, "EXISTS", "c");
    check("-ERR DB index is out of range", "COPY", "a", "c", "DB", "99");
    check("-ERR value is not an integer or out of range", "COPY", "a", "c", "DB", "x");
    check("-ERR syntax error", "COPY", "a", "c", "FOO");
    check("OK", "SELECT", "1");
    check("w", "GET", "c");
    check(1L, "MOVE", "c", "0");
    check(0L, "EXISTS", "c");
    check("OK", "SELECT", "0");
    check("w", "GET", "c");
    check("-ERR source and destination objects are the same", "MOVE", "c", "0");
    check(0L, "MOVE", "missing", "1");
    check("-ERR DB index is out of range", "MOVE", "c", "99");
    check("-ERR value is not an integer or out of range", "MOVE", "c", "x");
    check("OK", "SET", "c", "0");
    check("OK", "SELECT", "1");
    check("OK", "SET", "c", "1");
    check(0L, "MOVE", "c", "0");
    check("OK", "SELECT", "0");
    check("0", "GET", "c");
  }

  @Test
  void databases_answersAsRedis() {
    check("OK", "SET", "a", "0");
    check("OK", "SELECT", "2");
    check("OK", "SET", "a", "2");
    check("OK", "SET", "b", "2");
    check(2L, "DBSIZE");
    check("OK", "SWAPDB", "0", "2");
    check("0", "GET", "a");
    check(1L, "DBSIZE");
    check("OK", "SELECT", "0");
    check("2", "GET", "a");
    check(2L, "DBSIZE");
    check("-ERR DB index is out of range", "SWAPDB", "0", "99");
    check("-ERR invalid first DB index", "SWAPDB", "a", "1");
    check("-ERR invalid second DB index", "SWAPDB", "0", "b");
    check("OK", "FLUSHDB");
    check(0L, "DBSIZE");
    check("OK", "SELECT", "2");
    check(1L, "DBSIZE");
    check("OK", "FLUSHALL");
    check(0L, "DBSIZE");
    check("-ERR syntax error", "FLUSHDB", "FOO");
    check("OK", "FLUSHALL", "ASYNC");
    check("OK", "FLUSHDB", "SYNC");
    check("-ERR DB index is out of range", "SELECT", "16");
    check("-ERR DB index is out of range", "SELECT", "-1");
    check("-ERR value is not an integer or out of range", "SELECT", "x");
  }

  @Test
  void scan_answersAsRedis() {
    check(list("0", list()), "SCAN", "0");
    check("OK", "SET", "a", "1");
    check(list("0", list("a")), "SCAN", "0", "COUNT", "100");
    check(list("0", list()), "SCAN", "0", "MATCH", "b*", "COUNT", "100");
    check(list("0", list("a")), "SCAN", "0", "TYPE", "string", "COUNT", "100");
    check(list("0", list()), "SCAN", "0", "TYPE", "list", "COUNT", "100");
    check("-ERR invalid cursor", "SCAN", "x");
    check("-ERR syntax error", "SCAN", "0", "COUNT", "0");
    check("-ERR value is not an integer or out of range", "SCAN", "0", "COUNT", "x");
    check("-ERR syntax error", "SCAN", "0", "FOO");
    check("-ERR syntax error", "SCAN", "0", "MATCH");
    check("-ERR wrong number of arguments for 'scan' command", "SCAN");
  }

  @Test
  void object_answersAsRedis() {
    check("OK", "SET", "k", "v");
    check("embstr", "OBJECT", "ENCODING", "k");
    check(null, "OBJECT", "ENCODING", "missing");
    check(1L, "OBJECT", "REFCOUNT", "k");
    check(null, "OBJECT", "REFCOUNT", "missing");
    check(null, "OBJECT", "FREQ", "missing");
    check(0L, "OBJECT", "IDLETIME", "k");
    check("-ERR unknown subcommand 'FOO'. Try OBJECT HELP.", "OBJECT", "FOO", "k");
    check("-ERR wrong number of arguments for 'object|encoding' command", "OBJECT", "ENCODING");
    check("-ERR wrong number of arguments for 'object' command", "OBJECT");
  }
}
