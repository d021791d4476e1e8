package io.hydrion.command;

import io.hydrion.engine.Command;
import io.hydrion.engine.Request;
import io.hydrion.engine.Session;
import io.hydrion.protocol.RespWriter;
import org.jspecify.annotations.Nullable;

/** A client as CLIENT LIST and CLIENT INFO show it: one line of {@code field=value} pairs. */
final class ClientLine {
  /*
   * The fields are those of Redis 7.2. Three of them need a word, as our clients have no buffers of
   * their own: commands are read into, and replies gathered in, buffers of the client's thread. So
   * qbuf tells what of a client's bytes has not been run, wherever it is, and rbs and rbp tell what
   * its largest recent replies took of the thread's buffer, in the steps in which Redis would size
   * a buffer for them.
   */

  /** Measured: what a connection takes when it is idle, ours and Netty's objects. */
  private static final long IDLE_BYTES = 2000;

  private static final int REPLY_BUFFER_MIN = 1024;
  private static final int REPLY_BUFFER_MAX = 16 * 1024;

  private ClientLine() {}

  /** Appends a client's line, as the command at hand sees it. */
  static void append(StringBuilder to, Session s, Request q, RespWriter out) {
    boolean self = s == q.worker().current();
    long seconds = q.now() / 1000;
    long input = self ? q.worker().inputBytes() : s.queryBytes;
    long inputFree = self ? q.worker().inputFree() : Math.max(0, s.queryCapacity - s.queryBytes);
    long arguments = self ? argumentBytes(q) : 0;
    long pending = s.outlet().pendingBytes();
    boolean resizing = q.engine().isReplyBufferResizing();
    long peak = s.replyPeak(q.now(), resizing ? q.engine().replyBufferPeakResetMs() : -1);
    long memory = IDLE_BYTES + s.queryCapacity + arguments + s.queuedBytes() + pending;
    to.append("id=").append(s.id());
    to.append(" addr=").append(s.address());
    to.append(" laddr=").append(s.localAddress());
    to.append(" fd=").append(s.outlet().descriptor());
    to.append(" name=").append(s.name());
    to.append(" age=").append(Math.max(0, seconds - s.createdMillis() / 1000));
    to.append(" idle=").append(Math.max(0, seconds - s.lastActiveMillis() / 1000));
    to.append(" flags=").append(flags(s));
    to.append(" db=").append(s.database());
    to.append(" sub=").append(s.channelCount());
    to.append(" psub=").append(s.patternCount());
    to.append(" ssub=").append(s.shardChannelCount());
    to.append(" multi=").append(s.queuedCommands());
    to.append(" qbuf=").append(input);
    to.append(" qbuf-free=").append(inputFree);
    to.append(" argv-mem=").append(arguments);
    to.append(" multi-mem=").append(s.queuedBytes());
    to.append(" rbs=").append(bufferSize(peak));
    to.append(" rbp=").append(peak);
    to.append(" obl=").append(self ? out.length() : 0);
    to.append(" oll=").append(s.outlet().pendingPieces());
    to.append(" omem=").append(pending);
    to.append(" tot-mem=").append(memory);
    to.append(" events=").append(pending > 0 ? "rw" : "r");
    to.append(" cmd=").append(name(self ? q.worker().running() : s.lastCommand()));
    to.append(" user=").append(s.user());
    to.append(" redir=-1");
    to.append(" resp=").append(s.isResp3() ? 3 : 2);
    to.append(" lib-name=").append(s.libraryName());
    to.append(" lib-ver=").append(s.libraryVersion());
    to.append('\n');
  }

  private static String name(@Nullable Command command) {
    return command == null ? "NULL" : command.fullName();
  }

  private static long argumentBytes(Request q) {
    long sum = 0;
    for (int i = 0; i < q.argc(); i++) {
      sum += q.length(i);
    }
    return sum;
  }

  private static int bufferSize(long peak) {
    int size = REPLY_BUFFER_MIN;
    while (size < peak && size < REPLY_BUFFER_MAX) {
      size *= 2;
    }
    return size;
  }

  private static String flags(Session s) {
    StringBuilder flags = new StringBuilder();
    if (s.isMonitor()) {
      flags.append('O');
    }
    if (s.isSubscribed()) {
      flags.append('P');
    }
    if (s.isInTransaction()) {
      flags.append('x');
    }
    switch (s.halt()) {
      case BLOCKED, POSTPONED -> flags.append('b');
      case NONE, CLOSING -> {}
    }
    if (s.isDirty()) {
      flags.append('d');
    }
    if (s.isClosing()) {
      flags.append('c');
    }
    if (s.isUnixSocket()) {
      flags.append('U');
    }
    if (s.isNoEvict()) {
      flags.append('e');
    }
    if (s.isNoTouch()) {
      flags.append('T');
    }
    return flags.isEmpty() ? "N" : flags.toString();
  }
}
