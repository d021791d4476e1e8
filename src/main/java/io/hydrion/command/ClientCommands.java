package io.hydrion.command;

import static io.hydrion.engine.Command.row;
import static io.hydrion.engine.Flags.*;

import io.hydrion.engine.Command;
import io.hydrion.engine.Pause;
import io.hydrion.engine.Request;
import io.hydrion.engine.Session;
import io.hydrion.protocol.Errors;
import io.hydrion.protocol.RespWriter;
import io.hydrion.util.Bytes;
import java.util.ArrayList;
import java.util.List;

/** CLIENT: looks at and steers connections. */
final class ClientCommands {
  static final String BAD_NAME =
      "ERR Client names cannot contain spaces, newlines or special characters.";

  static final List<Command> TABLE = List.of(client());

  private ClientCommands() {}

  private static Command client() {
    Command c =
        row("CLIENT", -2, "connection", "2.4.0", 0, "")
            .complexity("by subcommand")
            .summary("Looks at and steers client connections.")
            .container();
    own(c);
    others(c);
    return c;
  }

  /** Subcommands about the connection that sends them. */
  private static void own(Command c) {
    c.sub("GETNAME", 2, "2.6.9", NOSCRIPT | LOADING | STALE, "")
        .acl("connection")
        .complexity("O(1)")
        .summary("Shows the name of this connection.")
        .run(ClientCommands::getName);
    c.sub("GETREDIR", 2, "6.0.0", NOSCRIPT | LOADING | STALE, "")
        .acl("connection")
        .complexity("O(1)")
        .summary("Shows which client receives this connection's invalidation messages.")
        .run(ClientCommands::getRedirection);
    c.sub("HELP", 2, "5.0.0", LOADING | STALE, "")
        .acl("connection")
        .complexity("O(1)")
        .summary("Lists the subcommands.")
        .run(ClientCommands::help);
    c.sub("ID", 2, "5.0.0", NOSCRIPT | LOADING | STALE, "")
        .acl("connection")
        .complexity("O(1)")
        .summary("Shows the number of this connection.")
        .run(ClientCommands::id);
    c.sub("INFO", 2, "6.2.0", NOSCRIPT | LOADING | STALE, "")
        .acl("connection")
        .tips("nondeterministic_output")
        .complexity("O(1)")
        .summary("Describes this connection in one line.")
        .run(ClientCommands::info);
    c.sub("NO-EVICT", 3, "7.0.0", ADMIN | NOSCRIPT | LOADING | STALE, "enabled=<ON | OFF>")
        .acl("connection")
        .complexity("O(1)")
        .summary(
            "Protects this connection from being closed to free client memory, or stops doing so.")
        .run(ClientCommands::noEvict);
    c.sub("NO-TOUCH", 3, "7.2.0", NOSCRIPT | LOADING | STALE, "enabled=<ON | OFF>")
        .acl("connection")
        .complexity("O(1)")
        .summary(
            "Makes this connection's reads leave LRU and LFU data of keys alone, or touch them"
                + " again.")
        .run(ClientCommands::noTouch);
    c.sub("REPLY", 3, "3.2.0", NOSCRIPT | LOADING | STALE, "<ON | OFF | SKIP>")
        .acl("connection")
        .complexity("O(1)")
        .summary("Turns this connection's replies on, off, or off for one command.")
        .run(ClientCommands::reply);
    c.sub(
            "SETINFO",
            4,
            "7.2.0",
            NOSCRIPT | LOADING | STALE,
            "attr=<LIB-NAME libname | LIB-VER libver>")
        .acl("connection")
        .complexity("O(1)")
        .summary("Records the name or version of the client library in use.")
        .run(ClientCommands::setInfo);
    c.sub("SETNAME", 3, "2.6.9", NOSCRIPT | LOADING | STALE, "connection-name")
        .acl("connection")
        .complexity("O(1)")
        .summary("Names this connection.")
        .run(ClientCommands::setName);
    c.sub("TRACKINGINFO", 2, "6.2.0", NOSCRIPT | LOADING | STALE, "")
        .acl("connection")
        .complexity("O(1)")
        .summary("Shows how tracking is set up for this connection.")
        .run(ClientCommands::trackingInfo);
  }

  /** Subcommands about all connections. */
  private static void others(Command c) {
    c.sub(
            "KILL",
            -3,
            "2.4.0",
            ADMIN | NOSCRIPT | LOADING | STALE,
            "filter=<ip:port~2.8.12 | new-format=<[ID client-id]^2.8.12 | [TYPE"
                + " normal_master_slave_pubsub=<NORMAL | MASTER^3.2.0 | SLAVE | REPLICA^5.0.0 |"
                + " PUBSUB>]^2.8.12 | [USER username] | [ADDR ip:port] | [LADDR ip:port]^6.2.0 |"
                + " [SKIPME yes/no] | [MAXAGE maxage]^7.4.0> [...]>")
        .acl("connection")
        .complexity("O(N), N = connections")
        .summary("Closes connections picked by address or by filters.")
        .history("2.8.12", "takes filters as well as an address")
        .history("2.8.12", "filter ID")
        .history("3.2.0", "TYPE knows master")
        .history("5.0.0", "TYPE says replica, slave still works")
        .history("6.2.0", "filter LADDR")
        .history("7.4.0", "filter MAXAGE")
        .run(ClientCommands::kill);
    c.sub(
            "LIST",
            -2,
            "2.4.0",
            ADMIN | NOSCRIPT | LOADING | STALE,
            "[TYPE <NORMAL | MASTER | REPLICA | PUBSUB>]^5.0.0 id=[ID client-id [client-id"
                + " ...]]^6.2.0")
        .acl("connection")
        .tips("nondeterministic_output")
        .complexity("O(N), N = connections")
        .summary("Describes the connections, one line each.")
        .history("2.8.12", "field id")
        .history("5.0.0", "filter TYPE")
        .history("6.0.0", "field user")
        .history("6.2.0", "fields argv-mem, tot-mem, laddr and redir, filter ID")
        .history("7.0.0", "fields resp, multi-mem, rbs and rbp")
        .history("7.0.3", "field ssub")
        .history("7.2.0", "fields lib-name and lib-ver")
        .run(ClientCommands::list);
    c.sub(
            "PAUSE",
            -3,
            "2.9.50",
            ADMIN | NOSCRIPT | LOADING | STALE,
            "timeout mode=[WRITE | ALL]^6.2.0")
        .acl("connection")
        .complexity("O(1)")
        .summary("Holds back the commands of all clients for a while.")
        .history("6.2.0", "a mode; WRITE holds back writes only")
        .run(ClientCommands::pause);
    c.sub("UNBLOCK", -3, "5.0.0", ADMIN | NOSCRIPT | LOADING | STALE, "client-id [TIMEOUT | ERROR]")
        .acl("connection")
        .complexity("O(log N), N = connections")
        .summary("Wakes up a client that waits in a blocking command.")
        .run(ClientCommands::unblock);
    c.sub("UNPAUSE", 2, "6.2.0", ADMIN | NOSCRIPT | LOADING | STALE, "")
        .acl("connection")
        .complexity("O(N), N = paused clients")
        .summary("Ends a pause and lets held-back commands run.")
        .run(ClientCommands::unpause);
  }

  private static void getName(Request q, RespWriter out) {
    String name = q.session().name();
    if (name.isEmpty()) {
      out.nil();
    } else {
      out.bulk(name);
    }
  }

  private static void getRedirection(Request q, RespWriter out) {
    out.integer(-1);
  }

  private static void help(Request q, RespWriter out) {
    Help.reply(
        out,
        "CLIENT",
        """
        GETREDIR
            Shows which client gets the invalidation messages.
        GETNAME
            Shows this connection's name.
        ID
            Shows this connection's number.
        INFO
            Describes this connection.
        KILL <ip:port>
            Closes the connection from that address.
        KILL <option> <value> [<option> <value> [...]]
            Closes the connections that pass all filters:
            * ADDR (<ip:port>|<unixsocket>:0)
              by the client's address
            * LADDR (<ip:port>|<unixsocket>:0)
              by the address on our side
            * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)
              by kind of client
            * USER <username>
              by user
            * SKIPME (YES|NO)
              whether to spare this connection (yes, unless told)
            * ID <client-id>
              by number
            * MAXAGE <seconds>
              those that are at least so old
        LIST [options ...]
            Describes the connections, filtered by:
            * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)
              kind of client
            * ID <client-id> [<client-id> ...]
              number
        UNPAUSE
            Ends a pause.
        PAUSE <timeout> [WRITE|ALL]
            Holds back all commands, or the writing ones, for <timeout> milliseconds.
        REPLY (ON|OFF|SKIP)
            Turns this connection's replies on or off, or skips one.
        SETNAME <name>
            Names this connection <name>.
        UNBLOCK <clientid> [TIMEOUT|ERROR]
            Wakes up a client that waits in a blocking command.
        TRACKINGINFO
            Shows how tracking is set up here.
        NO-EVICT (ON|OFF)
            Spares this connection when client memory is freed, or not.
        NO-TOUCH (ON|OFF)
            Leaves LRU and LFU data alone in this connection's reads, or not.
        SETINFO <option> <value>
            Records the client library: LIB-NAME or LIB-VER.
        """);
  }

  private static void id(Request q, RespWriter out) {
    out.integer(q.session().id());
  }

  private static void info(Request q, RespWriter out) {
    StringBuilder text = new StringBuilder();
    ClientLine.append(text, q.session(), q, out);
    out.verbatim("txt", Bytes.of(text.toString()));
  }

  private static void noEvict(Request q, RespWriter out) {
    if (isSwitch(q, out)) {
      q.session().setNoEvict(q.is(2, "on"));
      out.ok();
    }
  }

  /** Whether the argument says on or off; else replies so. */
  private static boolean isSwitch(Request q, RespWriter out) {
    boolean is = q.is(2, "on") || q.is(2, "off");
    if (!is) {
      out.error(Errors.SYNTAX);
    }
    return is;
  }

  private static void noTouch(Request q, RespWriter out) {
    if (isSwitch(q, out)) {
      q.session().setNoTouch(q.is(2, "on"));
      out.ok();
    }
  }

  private static void reply(Request q, RespWriter out) {
    Session s = q.session();
    if (q.is(2, "on")) {
      s.replyOn();
      out.setMuted(false);
      out.ok();
    } else if (q.is(2, "off")) {
      s.replyOff();
      out.setMuted(true);
    } else if (q.is(2, "skip")) {
      s.skipNextReply();
    } else {
      out.error(Errors.SYNTAX);
    }
  }

  private static void setInfo(Request q, RespWriter out) {
    boolean isName = q.is(2, "lib-name");
    if (!isName && !q.is(2, "lib-ver")) {
      out.error("ERR Unrecognized option '" + q.textOfC(2) + "'");
    } else if (!isPlain(q, 3)) {
      out.error("ERR " + q.text(2) + " cannot contain spaces, newlines or special characters.");
    } else {
      if (isName) {
        q.session().setLibraryName(q.text(3));
      } else {
        q.session().setLibraryVersion(q.text(3));
      }
      out.ok();
    }
  }

  /** Whether an argument can stand in a line of CLIENT LIST: it has no blanks and only ASCII. */
  static boolean isPlain(Request q, int i) {
    byte[] bytes = q.bytes();
    for (int at = q.offset(i), end = at + q.length(i); at < end; at++) {
      if (bytes[at] < '!' || bytes[at] > '~') {
        return false;
      }
    }
    return true;
  }

  private static void setName(Request q, RespWriter out) {
    if (isPlain(q, 2)) {
      q.session().setName(q.text(2));
      out.ok();
    } else {
      out.error(BAD_NAME);
    }
  }

  private static void trackingInfo(Request q, RespWriter out) {
    out.map(3);
    out.bulk("flags");
    out.set(1);
    out.bulk("off");
    out.bulk("redirect");
    out.integer(-1);
    out.bulk("prefixes");
    out.array(0);
  }

  private static void kill(Request q, RespWriter out) {
    ClientFilter filter = new ClientFilter();
    if (q.argc() == 3) {
      filter.address = q.text(2);
      filter.skipSelf = false;
    } else {
      String error = filter.parse(q, 2);
      if (error != null) {
        out.error(error);
        return;
      }
    }
    int killed = 0;
    boolean self = false;
    for (Session s : q.engine().sessions().sorted()) {
      if (filter.matches(s, q)) {
        if (s == q.session()) {
          self = true;
        } else {
          q.engine().kill(s);
        }
        killed++;
      }
    }
    if (q.argc() > 3) {
      out.integer(killed);
    } else if (killed > 0) {
      out.ok();
    } else {
      out.error("ERR No such client");
    }
    if (self) {
      q.session().closeAfterReply();
      out.setMuted(true);
    }
  }

  private static void list(Request q, RespWriter out) {
    List<Session> sessions = q.engine().sessions().sorted();
    if (q.argc() == 4 && q.is(2, "type")) {
      ClientFilter.Kind kind = ClientFilter.kind(q, 3);
      if (kind == null) {
        out.error(ClientFilter.unknownKind(q, 3));
        return;
      }
      sessions = sessions.stream().filter(s -> ClientFilter.Kind.of(s) == kind).toList();
    } else if (q.argc() >= 4 && q.is(2, "id")) {
      for (int i = 3; i < q.argc(); i++) {
        if (!q.isLong(i)) {
          out.error("ERR Invalid client ID");
          return;
        }
      }
      sessions = named(q);
    } else if (q.argc() > 2) {
      out.error(Errors.SYNTAX);
      return;
    }
    StringBuilder text = new StringBuilder();
    for (Session s : sessions) {
      ClientLine.append(text, s, q, out);
    }
    out.verbatim("txt", Bytes.of(text.toString()));
  }

  /** The clients with the numbers that are asked for, in that order. */
  private static List<Session> named(Request q) {
    List<Session> found = new ArrayList<>();
    for (int i = 3; i < q.argc(); i++) {
      Session s = q.engine().sessions().find(q.longAt(i));
      if (s != null) {
        found.add(s);
      }
    }
    return found;
  }

  private static void pause(Request q, RespWriter out) {
    if (q.argc() > 4) {
      out.error(wrongUse(q));
      return;
    }
    boolean writes = q.argc() == 4 && q.is(3, "write");
    if (q.argc() == 4 && !writes && !q.is(3, "all")) {
      out.error("ERR CLIENT PAUSE mode must be WRITE or ALL");
    } else if (!q.isLong(2)) {
      out.error("ERR timeout is not an integer or out of range");
    } else if (q.longAt(2) < 0) {
      out.error("ERR timeout is negative");
    } else if (q.longAt(2) > Long.MAX_VALUE - q.now()) {
      out.error("ERR timeout is out of range");
    } else {
      q.engine().pause().begin(writes ? Pause.Mode.WRITES : Pause.Mode.ALL, q.now() + q.longAt(2));
      out.ok();
    }
  }

  private static String wrongUse(Request q) {
    return "ERR unknown subcommand or wrong number of arguments for '"
        + q.text(1)
        + "'. Try CLIENT HELP.";
  }

  private static void unblock(Request q, RespWriter out) {
    if (q.argc() > 4) {
      out.error(wrongUse(q));
      return;
    }
    boolean withError = q.argc() == 4 && q.is(3, "error");
    if (q.argc() == 4 && !withError && !q.is(3, "timeout")) {
      out.error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    } else if (!q.isLong(2)) {
      out.error(Errors.NOT_INTEGER);
    } else {
      Session s = q.engine().sessions().find(q.longAt(2));
      out.integer(s != null && q.engine().blocking().unblock(q.worker(), s, withError) ? 1 : 0);
    }
  }

  private static void unpause(Request q, RespWriter out) {
    q.engine().pause().end();
    out.ok();
  }
}
