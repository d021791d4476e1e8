package io.hydrion.engine;

/** What finds keys for the rows whose key specs do not tell them all. */
public final class KeyFinders {
  private KeyFinders() {}

  /** The key that SORT reads, and the one behind its last STORE; not what BY and GET lead to. */
  public static boolean sort(Request q, KeyFinder.Keys to) {
    int stored = -1;
    for (int i = 2; i < q.argc(); i++) {
      if (q.is(i, "limit")) {
        i += 2;
      } else if (q.is(i, "get") || q.is(i, "by")) {
        i++;
      } else if (q.is(i, "store") && i + 1 < q.argc()) {
        stored = i + 1;
      }
    }
    to.key(1, "RO ACCESS");
    if (stored > 0) {
      to.key(stored, "OW UPDATE");
    }
    return true;
  }

  /** The key that GEORADIUS reads, and the one behind its last STORE or STOREDIST. */
  public static boolean stored(Request q, KeyFinder.Keys to) {
    int stored = -1;
    for (int i = 5; i < q.argc() - 1; i++) {
      if (q.is(i, "store") || q.is(i, "storedist")) {
        stored = ++i;
      }
    }
    to.key(1, "RO ACCESS");
    if (stored > 0) {
      to.key(stored, "OW UPDATE");
    }
    return true;
  }

  /** The one key of MIGRATE, or those behind KEYS, which wants the one key to be empty. */
  public static boolean migrate(Request q, KeyFinder.Keys to) {
    int first = 3;
    int end = 4;
    for (int i = 6; i < q.argc() - 1; i++) {
      if (q.is(i, "keys")) {
        if (!q.is(3, "")) {
          return false;
        }
        first = i + 1;
        end = q.argc();
        break;
      }
      if (q.is(i, "auth")) {
        i++;
      } else if (q.is(i, "auth2")) {
        i += 2;
      }
    }
    for (int i = first; i < end; i++) {
      to.key(i, "RW ACCESS DELETE");
    }
    return true;
  }
}
