package io.hydrion.command;

import org.junit.jupiter.api.Test;

/** GET, SET and their kin: what is answered to whom does it right, and wrong. */
class StringsTest extends CommandTest {
  @Test
  void set_andGet_answersAsRedis() {
    check("OK", "SET", "k", "v");
    check("v", "GET", "k");
    check("OK", "SET", "k", "v2", "XX");
    check(null, "SET", "n", "v", "XX");
    check(null, "GET", "n");
    check("OK", "SET", "n", "1", "NX");
    check(null, "SET", "n", "2", "NX");
    check("1", "GET", "n");
    check("v2", "SET", "k", "v3", "GET");
    check(null, "SET", "new", "v", "GET");
    check("v", "GET", "new");
    check("v3", "SET", "k", "v4", "NX", "GET");
    check("v3", "GET", "k");
    check("-ERR wrong number of arguments for 'set' command", "SET", "k");
    check("-ERR syntax error", "SET", "k", "v", "NX", "XX");
    check("-ERR syntax error", "SET", "k", "v", "FOO");
    check("-ERR syntax error", "SET", "k", "v", "EX");
    check("-ERR wrong number of arguments for 'get' command", "GET");
    check(2L, "STRLEN", "k");
    check(0L, "STRLEN", "missing");
    check("string", "TYPE", "k");
    check(2L, "EXISTS", "k", "new", "missing");
    check("v3", "GETSET", "k", "z");
    check(null, "GETSET", "fresh", "a");
    check("a", "GETDEL", "fresh");
    check(null, "GETDEL", "fresh");
    check(0L, "EXISTS", "fresh");
  }

  @Test
  void set_withExpiry_answersAsRedis() {
    check("OK", "SET", "k", "v", "EX", "100");
    check(100L, "TTL", "k");
    check("OK", "SET", "k", "w", "KEEPTTL");
    check(100L, "TTL", "k");
    check("OK", "SET", "k", "w");
    check(-1L, "TTL", "k");
    check("OK", "SET", "k", "v", "PX", "5000");
    check(5000L, "PTTL", "k");
    check("OK", "SET", "k", "v", "EXAT", "1700000100");
    check(100L, "TTL", "k");
    check("OK", "SET", "k", "v", "PXAT", "1700000100500");
    check(100500L, "PTTL", "k");
    check("-ERR invalid expire time in 'set' command", "SET", "k", "v", "EX", "0");
    check("-ERR invalid expire time in 'set' command", "SET", "k", "v", "EX", "-1");
    check("-ERR value is not an integer or out of range", "SET", "k", "v", "EX", "abc");
    check(
        "-ERR invalid expire time in 'set' command", "SET", "k", "v", "EX", "9223372036854775807");
    check("-ERR syntax error", "SET", "k", "v", "EX", "10", "PX", "10");
    check("-ERR syntax error", "SET", "k", "v", "EX", "10", "KEEPTTL");
    check("OK", "SETEX", "k", "10", "v");
    check(10L, "TTL", "k");
    check("-ERR invalid expire time in 'setex' command", "SETEX", "k", "0", "v");
    check("-ERR value is not an integer or out of range", "SETEX", "k", "abc", "v");
    check("OK", "PSETEX", "k", "1500", "v");
    check(1500L, "PTTL", "k");
    check("-ERR invalid expire time in 'psetex' command", "PSETEX", "k", "-1", "v");
    check("v", "GETEX", "k");
    check("v", "GETEX", "k", "EX", "50");
    check(50L, "TTL", "k");
    check("v", "GETEX", "k", "PERSIST");
    check(-1L, "TTL", "k");
    check("-ERR invalid expire time in 'getex' command", "GETEX", "k", "EX", "0");
    check(null, "GETEX", "missing", "EX", "10");
    check("-ERR syntax error", "GETEX", "k", "FOO");
    check(0L, "SETNX", "k", "x");
    check(1L, "SETNX", "k2", "x");
    check("x", "GET", "k2");
  }

  @Test
  void counters_answersAsRedis() {
    check(1L, "INCR", "n");
    check(2L, "INCR", "n");
    check(1L, "DECR", "n");
    check(11L, "INCRBY", "n", "10");
    check(8L, "DECRBY", "n", "3");
    check("8", "GET", "n");
    check("OK", "SET", "n", "9223372036854775807");
    check("-ERR increment or decrement would overflow", "INCR", "n");
    check(9223372036854775806L, "INCRBY", "n", "-1");
    check("OK", "SET", "n", "-9223372036854775808");
    check("-ERR increment or decrement would overflow", "DECR", "n");
    check("-ERR decrement would overflow", "DECRBY", "n", "-9223372036854775808");
    check("OK", "SET", "n", "abc");
    check("-ERR value is not an integer or out of range", "INCR", "n");
    check("-ERR value is not an integer or out of range", "INCRBY", "n", "1");
    check("OK", "SET", "n", " 1");
    check("-ERR value is not an integer or out of range", "INCR", "n");
    check("OK", "SET", "n", "01");
    check("-ERR value is not an integer or out of range", "INCR", "n");
    check("OK", "SET", "n", "10");
    check("-ERR value is not an integer or out of range", "INCRBY", "n", "1.5");
    check("10.1", "INCRBYFLOAT", "n", "0.1");
    check("0", "INCRBYFLOAT", "n", "-10.1");
    check("5000", "INCRBYFLOAT", "n", "5.0e3");
    check("-ERR value is not a valid float", "INCRBYFLOAT", "n", "abc");
    check("-ERR increment would produce NaN or Infinity", "INCRBYFLOAT", "n", "inf");
    check("OK", "SET", "n", "3.0");
    check("4.00000000000000001", "INCRBYFLOAT", "n", "1.000000000000000005");
    check("OK", "SET", "n", "x");
    check("-ERR value is not a valid float", "INCRBYFLOAT", "n", "1");
    check("-ERR value is not an integer or out of range", "DECRBY", "n", "-9223372036854775809");
  }

  @Test
  void ranges_answersAsRedis() {
    check("OK", "SET", "k", "Hello World");
    check("Hello", "GETRANGE", "k", "0", "4");
    check("World", "GETRANGE", "k", "-5", "-1");
    check("", "GETRANGE", "k", "5", "2");
    check("Hello World", "GETRANGE", "k", "0", "100");
    check("Hel", "GETRANGE", "k", "-100", "2");
    check("", "GETRANGE", "missing", "0", "1");
    check("-ERR value is not an integer or out of range", "GETRANGE", "k", "a", "1");
    check("He", "SUBSTR", "k", "0", "1");
    check(11L, "SETRANGE", "k", "6", "Redis");
    check("Hello Redis", "GET", "k");
    check(11L, "SETRANGE", "k", "0", "");
    check(0L, "SETRANGE", "missing", "0", "");
    check(0L, "EXISTS", "missing");
    check(4L, "SETRANGE", "pad", "3", "x");
    check("x", "GETRANGE", "pad", "3", "3");
    check(4L, "STRLEN", "pad");
    check("-ERR offset is out of range", "SETRANGE", "k", "-1", "x");
    check(
        "-ERR string exceeds maximum allowed size (proto-max-bulk-len)",
        "SETRANGE",
        "k",
        "536870911",
        "xx");
    check(12L, "APPEND", "k", "!");
    check("Hello Redis!", "GET", "k");
    check(3L, "APPEND", "new", "abc");
    check(3L, "APPEND", "new", "");
    check(3L, "STRLEN", "new");
  }

  @Test
  void many_answersAsRedis() {
    check("OK", "MSET", "a", "1", "b", "2", "c", "3");
    check(list("1", "2", null, "3"), "MGET", "a", "b", "missing", "c");
    check("-ERR wrong number of arguments for 'mset' command", "MSET", "a");
    check("-ERR wrong number of arguments for 'mset' command", "MSET", "a", "1", "b");
    check(0L, "MSETNX", "a", "9", "d", "4");
    check(0L, "EXISTS", "d");
    check(1L, "MSETNX", "d", "4", "e", "5");
    check(list("4", "5"), "MGET", "d", "e");
    check(1L, "MSETNX", "x", "1", "x", "2");
    check("2", "GET", "x");
    check("-ERR wrong number of arguments for 'mget' command", "MGET");
    check(2L, "DEL", "a", "b", "a");
    check("", "LCS", "d", "e");
  }

  @Test
  void lcs_answersAsRedis() {
    check("OK", "MSET", "a", "ohmytext", "b", "mynewtext");
    check("mytext", "LCS", "a", "b");
    check(6L, "LCS", "a", "b", "LEN");
    check(
        list(
            "matches",
            list(list(list(4L, 7L), list(5L, 8L)), list(list(2L, 3L), list(0L, 1L))),
            "len",
            6L),
        "LCS",
        "a",
        "b",
        "IDX");
    check(
        list("matches", list(list(list(4L, 7L), list(5L, 8L))), "len", 6L),
        "LCS",
        "a",
        "b",
        "IDX",
        "MINMATCHLEN",
        "4");
    check(
        list("matches", list(list(list(4L, 7L), list(5L, 8L), 4L)), "len", 6L),
        "LCS",
        "a",
        "b",
        "IDX",
        "MINMATCHLEN",
        "4",
        "WITHMATCHLEN");
    check("", "LCS", "a", "missing");
    check(0L, "LCS", "a", "missing", "LEN");
    check(
        "-ERR If you want both the length and indexes, please just use IDX.",
        "LCS",
        "a",
        "b",
        "LEN",
        "IDX");
    check("-ERR syntax error", "LCS", "a", "b", "FOO");
    check("-ERR wrong number of arguments for 'lcs' command", "LCS", "a");
  }

  @Test
  void encodings_answersAsRedis() {
    check("OK", "SET", "k", "12345");
    check("int", "OBJECT", "ENCODING", "k");
    check("OK", "SET", "k", "abc");
    check("embstr", "OBJECT", "ENCODING", "k");
    check("OK", "SET", "k", "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeX");
    check("raw", "OBJECT", "ENCODING", "k");
    check("OK", "SET", "k", "12");
    check(3L, "APPEND", "k", "3");
    check("raw", "OBJECT", "ENCODING", "k");
    check("OK", "SET", "k", "01");
    check("embstr", "OBJECT", "ENCODING", "k");
    check("OK", "SET", "k", "1");
    check("2", "INCRBYFLOAT", "k", "1");
    check("embstr", "OBJECT", "ENCODING", "k");
    check(1L, "SETRANGE", "k", "0", "7");
    check("raw", "OBJECT", "ENCODING", "k");
  }
}
