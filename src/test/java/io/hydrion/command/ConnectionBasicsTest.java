package io.hydrion.command;

import org.junit.jupiter.api.Test;

/**
 * PING, ECHO, HELLO, CLIENT, RESET and publishing: what is answered to whom does it right, and
 * wrong.
 */
class ConnectionBasicsTest extends CommandTest {
  @Test
  void connection_answersAsRedis() {
    check("PONG", "PING");
    check("hello", "PING", "hello");
    check("-ERR wrong number of arguments for 'ping' command", "PING", "a", "b");
    check("hi", "ECHO", "hi");
    check("-ERR wrong number of arguments for 'echo' command", "ECHO");
    check(null, "CLIENT", "GETNAME");
    check("OK", "CLIENT", "SETNAME", "me");
    check("me", "CLIENT", "GETNAME");
    check(
        "-ERR Client names cannot contain spaces, newlines or special characters.",
        "CLIENT",
        "SETNAME",
        "a b");
    check("OK", "CLIENT", "SETNAME", "");
    check(null, "CLIENT", "GETNAME");
    check("-ERR unknown subcommand 'FOO'. Try CLIENT HELP.", "CLIENT", "FOO");
    check("-ERR wrong number of arguments for 'client' command", "CLIENT");
    check("OK", "SELECT", "1");
    check("OK", "SET", "k", "v");
    check("OK", "SELECT", "0");
    check(0L, "EXISTS", "k");
    check(
        "-ERR AUTH <password> called without any password configured for the default user. Are you"
            + " sure your configuration is correct?",
        "AUTH",
        "x");
    check("-WRONGPASS invalid username-password pair or user is disabled.", "AUTH", "a", "b");
    check("RESET", "RESET");
    check("-ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' ", "NOSUCH", "a", "b");
    check("-ERR unknown command 'nosuch', with args beginning with: ", "nosuch");
    check("-ERR syntax error", "CLIENT", "REPLY", "FOO");
    check("-ERR syntax error", "CLIENT", "NO-EVICT", "x");
    check("OK", "CLIENT", "NO-EVICT", "on");
    check("OK", "CLIENT", "NO-EVICT", "off");
    check("-ERR No such client", "CLIENT", "KILL", "FOO");
    check("-ERR client-id should be greater than 0", "CLIENT", "KILL", "ID", "0");
    check("-ERR No such client", "CLIENT", "KILL", "1.2.3.4:5");
    check("-ERR Unknown client type 'foo'", "CLIENT", "LIST", "TYPE", "foo");
    check(0L, "CLIENT", "UNBLOCK", "99999");
    check("-ERR value is not an integer or out of range", "CLIENT", "UNBLOCK", "x");
    check("-ERR timeout is not an integer or out of range", "CLIENT", "PAUSE", "x");
    check("OK", "CLIENT", "UNPAUSE");
    check("-NOPROTO unsupported protocol version", "HELLO", "4");
    check("-ERR Protocol version is not an integer or out of range", "HELLO", "x");
    check("-ERR Syntax error in HELLO option 'FOO'", "HELLO", "2", "FOO");
  }

  @Test
  void publishing_answersAsRedis() {
    check(0L, "PUBLISH", "ch", "msg");
    check(0L, "SPUBLISH", "ch", "msg");
    check(list(), "PUBSUB", "CHANNELS");
    check(0L, "PUBSUB", "NUMPAT");
    check(list("a", 0L, "b", 0L), "PUBSUB", "NUMSUB", "a", "b");
    check(list(), "PUBSUB", "SHARDCHANNELS");
    check(list("a", 0L), "PUBSUB", "SHARDNUMSUB", "a");
    check(list(), "PUBSUB", "NUMSUB");
    check("-ERR unknown subcommand 'FOO'. Try PUBSUB HELP.", "PUBSUB", "FOO");
    check("-ERR wrong number of arguments for 'publish' command", "PUBLISH", "ch");
    check("-ERR wrong number of arguments for 'pubsub' command", "PUBSUB");
    check(
        "-ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP.",
        "PUBSUB",
        "CHANNELS",
        "a",
        "b");
  }

  @Test
  void server_answersAsRedis() {
    check("OK", "CONFIG", "SET", "maxmemory", "100mb");
    check(list("maxmemory", "104857600"), "CONFIG", "GET", "maxmemory");
    check(
        "-ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a"
            + " memory value",
        "CONFIG",
        "SET",
        "maxmemory",
        "abc");
    check(
        "-ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'",
        "CONFIG",
        "SET",
        "nosuch",
        "1");
    check(list(), "CONFIG", "GET", "nosuch");
    check("OK", "CONFIG", "SET", "maxmemory", "0");
    check(
        "-ERR CONFIG SET failed (possibly related to argument 'maxmemory-policy') - argument(s)"
            + " must be one of the following: volatile-lru, volatile-lfu, volatile-random,"
            + " volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction",
        "CONFIG",
        "SET",
        "maxmemory-policy",
        "foo");
    check("OK", "CONFIG", "RESETSTAT");
    check("-ERR unknown subcommand 'FOO'. Try CONFIG HELP.", "CONFIG", "FOO");
    check(list("a", "b"), "COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2");
    check(
        "-ERR wrong number of arguments for 'command|getkeys' command",
        "COMMAND",
        "GETKEYS",
        "GET");
    check("-ERR wrong number of arguments for 'command|count' command", "COMMAND", "COUNT", "x");
    check(list("getdel"), "COMMAND", "LIST", "FILTERBY", "PATTERN", "getd*");
    check(0L, "SLOWLOG", "LEN");
    check("OK", "SLOWLOG", "RESET");
    check("-ERR unknown subcommand 'FOO'. Try SLOWLOG HELP.", "SLOWLOG", "FOO");
    check("-ERR count should be greater than or equal to -1", "SLOWLOG", "GET", "-2");
    check(list(), "LATENCY", "LATEST");
    check(0L, "LATENCY", "RESET");
    check(list(), "LATENCY", "HISTORY", "foo");
    check(null, "MEMORY", "USAGE", "missing");
    check("-ERR unknown subcommand 'FOO'. Try MEMORY HELP.", "MEMORY", "FOO");
    check(0L, "WAIT", "0", "0");
    check("-ERR value is not an integer or out of range", "WAIT", "x", "0");
    check("OK", "SWAPDB", "0", "1");
    check(
        "-ERR unknown subcommand or wrong number of arguments for 'FOO'. Try DEBUG HELP.",
        "DEBUG",
        "FOO");
    check("-ERR syntax error", "SHUTDOWN", "FOO");
  }
}
