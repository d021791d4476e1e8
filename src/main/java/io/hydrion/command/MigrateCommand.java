package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.KeyFinders;
import io.hydrion.engine.KeySpec;
import io.hydrion.engine.Request;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import java.util.Arrays;
import java.util.List;

/** MIGRATE: moves keys to another server. */
final class MigrateCommand {
  static final List<Command> TABLE =
      List.of(
          row(
                  "MIGRATE",
                  -6,
                  "generic",
                  "2.6.0",
                  WRITE,
                  "host port key_or_empty_string=<key | empty_string=''> destination-db timeout"
                      + " [COPY]^3.0.0 [REPLACE]^3.0.0"
                      + " authentication=[[AUTH password]^4.0.7 | [AUTH2 username password]^6.0.0]"
                      + " [KEYS key [key ...]]^3.0.6")
              .keys(3, 3, 1, "RW ACCESS DELETE")
              .keys(KeySpec.keyword("KEYS", -2, -1, 1, 0, "RW ACCESS DELETE INCOMPLETE"))
              .keysBy(KeyFinders::migrate)
              .acl("keyspace", "dangerous")
              .tips("nondeterministic_output")
              .complexity("as DUMP and DEL here and RESTORE there, plus O(N) to send, N = bytes")
              .summary("Moves keys to another server.")
              .history("3.0.0", "options COPY and REPLACE")
              .history("3.0.6", "option KEYS")
              .history("4.0.7", "option AUTH")
              .history("6.0.0", "option AUTH2")
              .run(MigrateCommand::migrate));

  private static final int TIMEOUT_MILLIS = 1000;

  private MigrateCommand() {}

  /**
   * What MIGRATE is asked to do.
   *
   * @param credentials the arguments for AUTH; none: it is not needed
   */
  record Options(
      String host,
      int port,
      long database,
      int timeoutMillis,
      boolean copies,
      boolean replaces,
      List<byte[]> credentials) {}

  private static void migrate(Request q, RespWriter out) {
    boolean copies = false;
    boolean replaces = false;
    int password = 0;
    int user = 0;
    int firstKey = 3;
    int endKey = 4;
    for (int i = 6; i < q.argc(); i++) {
      int more = q.argc() - 1 - i;
      if (q.is(i, "copy")) {
        copies = true;
      } else if (q.is(i, "replace")) {
        replaces = true;
      } else if (q.is(i, "auth") && more >= 1) {
        password = ++i;
        q.redact(password);
      } else if (q.is(i, "auth2") && more >= 2) {
        user = ++i;
        password = ++i;
        q.redact(user);
        q.redact(password);
      } else if (q.is(i, "keys")) {
        if (q.length(3) != 0) {
          out.error(
              "ERR When using MIGRATE KEYS option, the key argument must be set to the empty"
                  + " string");
          return;
        }
        firstKey = i + 1;
        endKey = q.argc();
        break;
      } else {
        out.error(Errors.SYNTAX);
        return;
      }
    }
    if (!q.isLong(5) || !q.isLong(4)) {
      out.error(Errors.NOT_INTEGER);
      return;
    }
    int[] keys = present(q, firstKey, endKey);
    if (keys.length == 0) {
      out.simple("NOKEY");
      return;
    }
    Options options =
        new Options(
            q.textOfC(1),
            leadingNumber(q.textOfC(2)),
            q.longAt(4),
            timeout(q.longAt(5)),
            copies,
            replaces,
            credentials(q, user, password));
    new Migration(q, options, keys).proceed(q, out);
  }

  /** The arguments among these whose keys are there. */
  private static int[] present(Request q, int first, int end) {
    int[] keys = new int[end - first];
    int n = 0;
    for (int i = first; i < end; i++) {
      if (q.db().read(q.key(i))) {
        keys[n++] = i;
      }
    }
    return Arrays.copyOf(keys, n);
  }

  private static int timeout(long millis) {
    return millis <= 0 ? TIMEOUT_MILLIS : (int) Math.min(millis, Integer.MAX_VALUE);
  }

  private static List<byte[]> credentials(Request q, int user, int password) {
    if (password == 0) {
      return List.of();
    }
    return user == 0 ? List.of(q.copy(password)) : List.of(q.copy(user), q.copy(password));
  }

  /** The number that a text begins with, as C's atoi takes it; -1 when that is no port. */
  private static int leadingNumber(String text) {
    String digits = text.stripLeading();
    boolean negative = digits.startsWith("-");
    digits = negative || digits.startsWith("+") ? digits.substring(1) : digits;
    int number = 0;
    for (int i = 0; i < digits.length() && Character.digit(digits.charAt(i), 10) >= 0; i++) {
      number = number * 10 + digits.charAt(i) - '0';
      if (number > Character.MAX_VALUE) {
        return -1;
      }
    }
    return negative && number > 0 ? -1 : number;
  }
}
