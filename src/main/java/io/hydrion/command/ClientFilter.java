package io.hydrion.command;

import io.hydrion.engine.Request;
import io.hydrion.engine.Session;
import io.hydrion.protocol.Errors;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Which clients CLIENT KILL means: those that pass all that was asked for. */
final class ClientFilter {
  /** What a client is used for. */
  enum Kind {
    NORMAL,
    PUBSUB,
    REPLICA,
    MASTER;

    /** A client that monitors counts as a normal one. */
    static Kind of(Session s) {
      return s.isSubscribed() ? PUBSUB : NORMAL;
    }
  }

  @Nullable String address;
  private @Nullable String localAddress;
  private @Nullable String user;
  private @Nullable Kind kind;
  private long id;
  private long ageMinSeconds;
  boolean skipSelf = true;

  /** Takes pairs of an option and its value; the error reply when they are wrong. */
  @Nullable String parse(Request q, int from) {
    for (int i = from; i < q.argc(); i += 2) {
      String error = i + 1 < q.argc() ? option(q, i) : Errors.SYNTAX;
      if (error != null) {
        return error;
      }
    }
    return null;
  }

  private @Nullable String option(Request q, int i) {
    int value = i + 1;
    switch (q.text(i).toLowerCase(Locale.ROOT)) {
      case "id":
        if (!q.isLong(value) || q.longAt(value) < 1) {
          return "ERR client-id should be greater than 0";
        }
        id = q.longAt(value);
        return null;
      case "type":
        kind = kind(q, value);
        return kind == null ? unknownKind(q, value) : null;
      case "addr":
        address = q.text(value);
        return null;
      case "laddr":
        localAddress = q.text(value);
        return null;
      case "user":
        user = q.text(value);
        return user.equals("default") ? null : "ERR No such user '" + user + "'";
      case "skipme":
        skipSelf = q.is(value, "yes");
        return skipSelf || q.is(value, "no") ? null : Errors.SYNTAX;
      case "maxage":
        if (!q.isLong(value)) {
          return "ERR maxage is not an integer or out of range";
        }
        ageMinSeconds = q.longAt(value);
        return ageMinSeconds > 0 ? null : "ERR maxage should be greater than 0";
      default:
        return Errors.SYNTAX;
    }
  }

  /** The kind that an argument names; null when it names none. */
  static @Nullable Kind kind(Request q, int i) {
    return switch (q.text(i).toLowerCase(Locale.ROOT)) {
      case "normal" -> Kind.NORMAL;
      case "pubsub" -> Kind.PUBSUB;
      case "replica", "slave" -> Kind.REPLICA;
      case "master" -> Kind.MASTER;
      default -> null;
    };
  }

  static String unknownKind(Request q, int i) {
    return "ERR Unknown client type '" + q.textOfC(i) + "'";
  }

  boolean matches(Session s, Request q) {
    return (id == 0 || id == s.id())
        && (address == null || address.equals(s.address()))
        && (localAddress == null || localAddress.equals(s.localAddress()))
        && (user == null || user.equals(s.user()))
        && (kind == null || kind == Kind.of(s))
        && q.now() / 1000 - s.createdMillis() / 1000 >= ageMinSeconds
        && !(skipSelf && s == q.session());
  }
}
