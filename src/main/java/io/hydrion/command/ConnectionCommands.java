package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.engine.Session;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.util.Bytes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/** The conversation itself: who talks, in which protocol, about which database. */
final class ConnectionCommands {
  private static final String WRONG_PASSWORD =
      "WRONGPASS invalid username-password pair or user is disabled.";

  static final List<Command> TABLE =
      List.of(
          row(
                  "AUTH",
                  -2,
                  "connection",
                  "1.0.0",
                  NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY,
                  "[username]^6.0.0 password")
              .acl("connection")
              .complexity("O(N), N = passwords of the user")
              .summary("Proves who the caller is, by password or by user and password.")
              .history("6.0.0", "takes a user name in front of the password")
              .run(ConnectionCommands::auth),
          row("ECHO", 2, "connection", "1.0.0", LOADING | STALE | FAST, "message")
              .acl("connection")
              .complexity("O(1)")
              .summary("Sends the message back.")
              .run(ConnectionCommands::echo),
          row(
                  "HELLO",
                  -1,
                  "connection",
                  "6.0.0",
                  NOSCRIPT | LOADING | STALE | FAST | NO_AUTH | ALLOW_BUSY,
                  "arguments=[protover [AUTH username password] [SETNAME clientname]]")
              .acl("connection")
              .complexity("O(1)")
              .summary(
                  "Opens the conversation: picks the protocol, and can log in and name the"
                      + " connection.")
              .history("6.2.0", "works without a protocol version and then only reports")
              .run(ConnectionCommands::hello),
          row("PING", -1, "connection", "1.0.0", FAST | WHILE_SUBSCRIBED, "[message]")
              .acl("connection")
              .tips("request_policy:all_shards", "response_policy:all_succeeded")
              .complexity("O(1)")
              .summary("Checks that the server answers.")
              .run(ConnectionCommands::ping),
          row(
                  "QUIT",
                  -1,
                  "connection",
                  "1.0.0",
                  NOSCRIPT
                      | LOADING
                      | STALE
                      | FAST
                      | NO_AUTH
                      | ALLOW_BUSY
                      | WHILE_SUBSCRIBED
                      | NOT_QUEUED,
                  "")
              .acl("connection")
              .complexity("O(1)")
              .summary("Answers OK and closes the connection.")
              .run(ConnectionCommands::quit),
          row(
                  "RESET",
                  1,
                  "connection",
                  "6.2.0",
                  NOSCRIPT
                      | LOADING
                      | STALE
                      | FAST
                      | NO_AUTH
                      | ALLOW_BUSY
                      | WHILE_SUBSCRIBED
                      | NOT_QUEUED,
                  "")
              .acl("connection")
              .complexity("O(1)")
              .summary("Takes the connection back to the state of a fresh one.")
              .run(ConnectionCommands::reset),
          row("SELECT", 2, "connection", "1.0.0", LOADING | STALE | FAST, "index")
              .acl("connection")
              .complexity("O(1)")
              .summary("Picks the database for this connection's next commands.")
              .run(ConnectionCommands::select));

  private ConnectionCommands() {}

  private static void auth(Request q, RespWriter out) {
    for (int i = 1; i < q.argc(); i++) {
      q.redact(i);
    }
    if (q.argc() > 3) {
      out.error(Errors.SYNTAX);
    } else if (q.argc() == 2 && q.engine().settings().requirepass() == null) {
      out.error(
          "ERR AUTH <password> called without any password configured for the default user. Are you"
              + " sure your configuration is correct?");
    } else if (authenticate(q, q.argc() == 2 ? "default" : q.text(1), q.argc() - 1)) {
      out.ok();
    } else {
      out.error(WRONG_PASSWORD);
    }
  }

  /** Logs the client in when the argument is the user's password. */
  private static boolean authenticate(Request q, String user, int password) {
    if (!user.equals("default")) {
      return false;
    }
    String wanted = q.engine().settings().requirepass();
    if (wanted != null && !isSecret(q.copy(password), Bytes.of(wanted))) {
      return false;
    }
    q.session().setAuthenticated(true);
    return true;
  }

  /** Compares in a time that tells nothing of where, or in length, the two differ. */
  private static boolean isSecret(byte[] given, byte[] wanted) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return MessageDigest.isEqual(digest.digest(given), digest.digest(wanted));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static void echo(Request q, RespWriter out) {
    out.bulk(q.bytes(), q.offset(1), q.length(1));
  }

  private static void hello(Request q, RespWriter out) {
    long protocol = 0;
    if (q.argc() > 1) {
      if (!q.isLong(1)) {
        out.error("ERR Protocol version is not an integer or out of range");
        return;
      }
      protocol = q.longAt(1);
      if (protocol < 2 || protocol > 3) {
        out.error("NOPROTO unsupported protocol version");
        return;
      }
    }
    int login = 0;
    int name = 0;
    for (int i = 2; i < q.argc(); i++) {
      int more = q.argc() - 1 - i;
      if (q.is(i, "auth") && more >= 2) {
        q.redact(i + 1);
        q.redact(i + 2);
        login = i;
        i += 2;
      } else if (q.is(i, "setname") && more >= 1) {
        name = ++i;
        if (!ClientCommands.isPlain(q, name)) {
          out.error(ClientCommands.BAD_NAME);
          return;
        }
      } else {
        out.error("ERR Syntax error in HELLO option '" + q.textOfC(i) + "'");
        return;
      }
    }
    if (login > 0 && !authenticate(q, q.text(login + 1), login + 2)) {
      out.error(WRONG_PASSWORD);
      return;
    }
    Session s = q.session();
    if (!s.isAuthenticated() && q.engine().settings().requirepass() != null) {
      out.error(
          "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO"
              + " AUTH <user> <pass> option can be used to authenticate the client and select the"
              + " RESP protocol version at the same time");
      return;
    }
    if (name > 0) {
      s.setName(q.text(name));
    }
    if (protocol > 0) {
      s.setResp3(protocol == 3);
      out.setResp3(protocol == 3);
    }
    greet(s, out);
  }

  private static void greet(Session s, RespWriter out) {
    out.map(7);
    out.bulk("server");
    out.bulk("redis");
    out.bulk("version");
    out.bulk(InfoSections.REDIS_VERSION);
    out.bulk("proto");
    out.integer(s.isResp3() ? 3 : 2);
    out.bulk("id");
    out.integer(s.id());
    out.bulk("mode");
    out.bulk("standalone");
    out.bulk("role");
    out.bulk("master");
    out.bulk("modules");
    out.array(0);
  }

  private static void ping(Request q, RespWriter out) {
    if (q.argc() > 2) {
      out.error(Errors.wrongArity("ping"));
    } else if (q.session().isSubscribed() && !q.session().isResp3()) {
      out.array(2);
      out.bulk("pong");
      if (q.argc() == 2) {
        out.bulk(q.bytes(), q.offset(1), q.length(1));
      } else {
        out.bulk("");
      }
    } else if (q.argc() == 2) {
      out.bulk(q.bytes(), q.offset(1), q.length(1));
    } else {
      out.simple("PONG");
    }
  }

  private static void quit(Request q, RespWriter out) {
    out.ok();
    q.session().closeAfterReply();
  }

  private static void reset(Request q, RespWriter out) {
    Session s = q.session();
    q.engine().monitors().remove(s);
    q.engine().transactions().discard(s);
    q.engine().pubSub().forget(s);
    s.selectDatabase(0);
    q.db().select(0);
    s.setResp3(false);
    out.setResp3(false);
    s.setAuthenticated(q.engine().settings().requirepass() == null);
    s.setName("");
    s.setNoEvict(false);
    s.setNoTouch(false);
    s.replyOn();
    out.setMuted(false);
    out.simple("RESET");
  }

  private static void select(Request q, RespWriter out) {
    int index = GenericCommands.databaseAt(q, 1, out);
    if (index >= 0) {
      q.session().selectDatabase(index);
      q.db().select(index);
      out.ok();
    }
  }
}
