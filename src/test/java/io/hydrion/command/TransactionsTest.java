package io.hydrion.command;

import org.junit.jupiter.api.Test;

/** MULTI, EXEC, DISCARD and WATCH: what is answered to whom does it right, and wrong. */
class TransactionsTest extends CommandTest {
  @Test
  void exec_answersAsRedis() {
    check("OK", "MULTI");
    check("QUEUED", "SET", "k", "v");
    check("QUEUED", "INCR", "n");
    check("QUEUED", "GET", "k");
    check(list("OK", 1L, "v"), "EXEC");
    check("1", "GET", "n");
    check("-ERR EXEC without MULTI", "EXEC");
    check("-ERR DISCARD without MULTI", "DISCARD");
    check("OK", "MULTI");
    check("-ERR MULTI calls can not be nested", "MULTI");
    check("OK", "DISCARD");
    check("OK", "MULTI");
    check(list(), "EXEC");
    check("OK", "MULTI");
    check("QUEUED", "INCR", "n");
    check("OK", "DISCARD");
    check("1", "GET", "n");
  }

  @Test
  void errors_answersAsRedis() {
    check("OK", "SET", "s", "abc");
    check("OK", "MULTI");
    check("QUEUED", "INCR", "s");
    check("QUEUED", "SET", "t", "1");
    check(list("-ERR value is not an integer or out of range", "OK"), "EXEC");
    check("1", "GET", "t");
    check("OK", "MULTI");
    check("-ERR wrong number of arguments for 'set' command", "SET", "k");
    check("QUEUED", "SET", "t", "2");
    check("-EXECABORT Transaction discarded because of previous errors.", "EXEC");
    check("1", "GET", "t");
    check("OK", "MULTI");
    check("-ERR unknown command 'NOSUCH', with args beginning with: ", "NOSUCH");
    check("-EXECABORT Transaction discarded because of previous errors.", "EXEC");
    check("OK", "MULTI");
    check("-ERR WATCH inside MULTI is not allowed", "WATCH", "k");
    check("QUEUED", "SET", "t", "3");
    check(list("OK"), "EXEC");
    check("3", "GET", "t");
    check("OK", "MULTI");
    check("QUEUED", "SELECT", "99");
    check("QUEUED", "SET", "t", "4");
    check(list("-ERR DB index is out of range", "OK"), "EXEC");
    check("4", "GET", "t");
    check("OK", "MULTI");
    check("QUEUED", "FLUSHALL");
    check("QUEUED", "DBSIZE");
    check(list("OK", 0L), "EXEC");
  }

  @Test
  void watch_answersAsRedis() {
    check("OK", "WATCH", "k");
    check("OK", "SET", "k", "v");
    check("OK", "MULTI");
    check("QUEUED", "GET", "k");
    check(null, "EXEC");
    check("OK", "WATCH", "k");
    check("OK", "MULTI");
    check("QUEUED", "GET", "k");
    check(list("v"), "EXEC");
    check("OK", "WATCH", "k");
    check("OK", "UNWATCH");
    check("OK", "SET", "k", "w");
    check("OK", "MULTI");
    check("QUEUED", "GET", "k");
    check(list("w"), "EXEC");
    check("OK", "WATCH", "k", "missing");
    check("w", "GET", "k");
    check("OK", "MULTI");
    check("QUEUED", "PING");
    check(list("PONG"), "EXEC");
    check("OK", "WATCH", "missing");
    check(0L, "DEL", "missing");
    check("OK", "MULTI");
    check("QUEUED", "PING");
    check(list("PONG"), "EXEC");
    check("OK", "WATCH", "missing");
    check("OK", "SET", "missing", "1");
    check(1L, "DEL", "missing");
    check("OK", "MULTI");
    check("QUEUED", "PING");
    check(null, "EXEC");
    check("OK", "WATCH", "k");
    check("OK", "FLUSHALL");
    check("OK", "MULTI");
    check("QUEUED", "PING");
    check(null, "EXEC");
    check("OK", "WATCH", "k");
    check("OK", "FLUSHALL");
    check("OK", "MULTI");
    check("QUEUED", "PING");
    check(list("PONG"), "EXEC");
    check("OK", "SET", "k", "v");
    check("OK", "WATCH", "k");
    check("-ERR DISCARD without MULTI", "DISCARD");
    check(1L, "EXPIRE", "k", "100");
    check("OK", "MULTI");
    check("QUEUED", "PING");
    check(null, "EXEC");
    check("OK", "WATCH", "k");
    check("OK", "SWAPDB", "0", "1");
    check("OK", "MULTI");
    check("QUEUED", "PING");
    check(null, "EXEC");
    check("-ERR wrong number of arguments for 'watch' command", "WATCH");
    check("-ERR wrong number of arguments for 'unwatch' command", "UNWATCH", "x");
    check("-ERR wrong number of arguments for 'multi' command", "MULTI", "x");
    check(
        "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command",
        "EXEC",
        "x");
  }

  @Test
  void databases_answersAsRedis() {
    check("OK", "SET", "k", "0");
    check("OK", "MULTI");
    check("QUEUED", "SELECT", "1");
    check("QUEUED", "SET", "k", "1");
    check(list("OK", "OK"), "EXEC");
    check("1", "GET", "k");
    check("OK", "SELECT", "0");
    check("0", "GET", "k");
  }
}
