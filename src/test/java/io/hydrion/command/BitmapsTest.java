package io.hydrion.command;

import org.junit.jupiter.api.Test;

/**
 * SETBIT, BITCOUNT, BITOP, BITFIELD and their kin: what is answered to whom does it right, and
 * wrong.
 */
class BitmapsTest extends CommandTest {
  @Test
  void bits_answersAsRedis() {
    check(0L, "SETBIT", "k", "7", "1");
    check(1L, "SETBIT", "k", "7", "0");
    check(0L, "SETBIT", "k", "7", "1");
    check(1L, "GETBIT", "k", "7");
    check(0L, "GETBIT", "k", "6");
    check(0L, "GETBIT", "k", "100");
    check(0L, "GETBIT", "missing", "0");
    check("\u0001", "GET", "k");
    check(0L, "SETBIT", "k", "20", "1");
    check(3L, "STRLEN", "k");
    check("-ERR bit offset is not an integer or out of range", "SETBIT", "k", "-1", "1");
    check("-ERR bit offset is not an integer or out of range", "SETBIT", "k", "4294967296", "1");
    check("-ERR bit is not an integer or out of range", "SETBIT", "k", "0", "2");
    check("-ERR bit is not an integer or out of range", "SETBIT", "k", "0", "x");
    check("-ERR bit offset is not an integer or out of range", "SETBIT", "k", "a", "1");
    check("-ERR bit offset is not an integer or out of range", "GETBIT", "k", "-1");
    check("-ERR bit offset is not an integer or out of range", "GETBIT", "k", "x");
    check("-ERR wrong number of arguments for 'getbit' command", "GETBIT", "k");
    check("-ERR wrong number of arguments for 'setbit' command", "SETBIT", "k", "1");
    check(0L, "SETBIT", "n", "10", "0");
    check(2L, "STRLEN", "n");
  }

  @Test
  void count_answersAsRedis() {
    check("OK", "SET", "k", "foobar");
    check(26L, "BITCOUNT", "k");
    check(4L, "BITCOUNT", "k", "0", "0");
    check(6L, "BITCOUNT", "k", "1", "1");
    check(7L, "BITCOUNT", "k", "-2", "-1");
    check(26L, "BITCOUNT", "k", "0", "-1", "BYTE");
    check(17L, "BITCOUNT", "k", "5", "30", "BIT");
    check(4L, "BITCOUNT", "k", "-8", "-1", "BIT");
    check(0L, "BITCOUNT", "k", "3", "2");
    check(0L, "BITCOUNT", "missing");
    check(0L, "BITCOUNT", "missing", "0", "0");
    check("-ERR syntax error", "BITCOUNT", "k", "0");
    check("-ERR value is not an integer or out of range", "BITCOUNT", "k", "a", "b");
    check("-ERR syntax error", "BITCOUNT", "k", "0", "1", "FOO");
    check("-ERR syntax error", "BITCOUNT", "k", "0", "1", "BIT", "x");
  }

  @Test
  void pos_answersAsRedis() {
    check("OK", "SET", "k", "\u00ff\u00f0\u0000");
    check(12L, "BITPOS", "k", "0");
    check(0L, "BITPOS", "k", "1");
    check(-1L, "BITPOS", "k", "1", "2");
    check(12L, "BITPOS", "k", "0", "1");
    check(-1L, "BITPOS", "k", "0", "0", "0");
    check(-1L, "BITPOS", "k", "1", "-1");
    check(12L, "BITPOS", "k", "0", "8", "-1", "BIT");
    check(5L, "BITPOS", "k", "1", "5", "7", "BIT");
    check(0L, "BITPOS", "k", "1", "0", "-1", "BYTE");
    check("OK", "SET", "ones", "\u00ff");
    check(8L, "BITPOS", "ones", "0");
    check(-1L, "BITPOS", "ones", "0", "0", "-1");
    check(0L, "BITPOS", "missing", "0");
    check(-1L, "BITPOS", "missing", "1");
    check("-ERR The bit argument must be 1 or 0.", "BITPOS", "k", "2");
    check("-ERR value is not an integer or out of range", "BITPOS", "k", "a");
    check("-ERR syntax error", "BITPOS", "k", "1", "0", "1", "FOO");
    check("-ERR wrong number of arguments for 'bitpos' command", "BITPOS", "k");
  }

  @Test
  void bitop_answersAsRedis() {
    check("OK", "MSET", "a", "abc", "b", "ab");
    check(3L, "BITOP", "AND", "d", "a", "b");
    check(3L, "STRLEN", "d");
    check(3L, "BITOP", "OR", "d", "a", "b");
    check("abc", "GET", "d");
    check(3L, "BITOP", "XOR", "d", "a", "a");
    check(3L, "STRLEN", "d");
    check(0L, "BITCOUNT", "d");
    check(3L, "BITOP", "NOT", "d", "a");
    check(14L, "BITCOUNT", "d");
    check("-ERR BITOP NOT must be called with a single source key.", "BITOP", "NOT", "d", "a", "b");
    check(0L, "BITOP", "NOT", "d", "missing");
    check(0L, "EXISTS", "d");
    check(3L, "BITOP", "AND", "d", "a", "missing");
    check(0L, "BITCOUNT", "d");
    check("-ERR syntax error", "BITOP", "FOO", "d", "a");
    check("-ERR wrong number of arguments for 'bitop' command", "BITOP", "AND", "d");
    check(0L, "BITOP", "OR", "d", "missing", "missing");
    check(0L, "EXISTS", "d");
  }

  @Test
  void bitfield_answersAsRedis() {
    check(list(0L, 255L), "BITFIELD", "k", "SET", "u8", "0", "255", "GET", "u8", "0");
    check(list(0L), "BITFIELD", "k", "INCRBY", "u8", "0", "1");
    check(list(255L), "BITFIELD", "k", "OVERFLOW", "SAT", "INCRBY", "u8", "0", "300");
    check(list((Object) null), "BITFIELD", "k", "OVERFLOW", "FAIL", "INCRBY", "u8", "0", "1");
    check(list((Object) null), "BITFIELD", "k", "OVERFLOW", "FAIL", "SET", "u8", "0", "256");
    check(list(-1L), "BITFIELD", "k", "GET", "i8", "0");
    check(
        list(-4L, -3L, 29L),
        "BITFIELD",
        "k",
        "SET",
        "i5",
        "#1",
        "-3",
        "GET",
        "i5",
        "5",
        "GET",
        "u5",
        "5");
    check(
        "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but"
            + " i64 is.",
        "BITFIELD",
        "k",
        "GET",
        "u64",
        "0");
    check(list(-54043195528445952L), "BITFIELD", "k", "GET", "i64", "0");
    check(
        "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but"
            + " i64 is.",
        "BITFIELD",
        "k",
        "GET",
        "x8",
        "0");
    check("-ERR bit offset is not an integer or out of range", "BITFIELD", "k", "GET", "u8", "-1");
    check("-ERR bit offset is not an integer or out of range", "BITFIELD", "k", "GET", "u8", "a");
    check("-ERR value is not an integer or out of range", "BITFIELD", "k", "SET", "u8", "0", "x");
    check("-ERR Invalid OVERFLOW type specified", "BITFIELD", "k", "OVERFLOW", "FOO");
    check("-ERR syntax error", "BITFIELD", "k", "FOO");
    check(list(), "BITFIELD", "k");
    check(list(0L), "BITFIELD", "missing", "GET", "u8", "0");
    check(0L, "EXISTS", "missing");
    check(list(15L, 15L), "BITFIELD_RO", "k", "GET", "u4", "0", "GET", "u4", "#1");
    check(
        "-ERR BITFIELD_RO only supports the GET subcommand",
        "BITFIELD_RO",
        "k",
        "SET",
        "u4",
        "0",
        "1");
    check(
        "-ERR bit offset is not an integer or out of range",
        "BITFIELD",
        "k",
        "GET",
        "u8",
        "4294967296");
    check(
        list(7L, -8L),
        "BITFIELD",
        "s",
        "OVERFLOW",
        "SAT",
        "INCRBY",
        "i4",
        "0",
        "100",
        "INCRBY",
        "i4",
        "0",
        "-100");
    check(list(7L, -8L), "BITFIELD", "w", "INCRBY", "i4", "0", "7", "INCRBY", "i4", "0", "1");
    check(1L, "STRLEN", "w");
  }
}
