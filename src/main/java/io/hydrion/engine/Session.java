package io.hydrion.engine;

import io.hydrion.protocol.RespDecoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One client: what it has said and asked for so far. Changed by the I/O thread of its connection
 * only; the fields marked volatile are also set, or read for CLIENT LIST, by others.
 */
public final class Session {
  /** Bits that keep a command from running at once; 0 for a client that just talks. */
  static final int UNAUTHENTICATED = 1;

  static final int IN_MULTI = 1 << 1;
  static final int SUBSCRIBED = 1 << 2;
  static final int MUTED = 1 << 3;

  /** What CLIENT REPLY asked for. */
  enum ReplyMode {
    ON,
    OFF,
    SKIP_NEXT,
    SKIPPING
  }

  /** Why no further command of the client runs. */
  public enum Halt {
    /** Commands run. */
    NONE,
    /** A blocking command waits. */
    BLOCKED,
    /** CLIENT PAUSE holds the next command back. */
    POSTPONED,
    /** The connection ends when its replies have left. */
    CLOSING
  }

  private final long id;
  private final Outlet outlet;
  private final RespDecoder decoder = new RespDecoder();
  private final String address;
  private final String localAddress;
  private final boolean local;
  private final boolean unixSocket;
  private final long createdMillis;

  volatile int restrictions;
  volatile Halt halt = Halt.NONE;
  volatile int database;
  volatile boolean resp3;
  volatile String name = "";
  volatile String libraryName = "";
  volatile String libraryVersion = "";
  volatile String user = "default";
  volatile long lastActiveMillis;
  volatile boolean noEvict;
  volatile boolean noTouch;
  volatile boolean monitor;
  volatile @Nullable Command lastCommand;

  /** A watched key has changed: EXEC will fail. Set by whoever changed it. */
  volatile boolean dirty;

  /** Bytes that came and have not been taken yet, and the room they lie in; for CLIENT LIST. */
  public volatile long queryBytes;

  public volatile long queryCapacity;
  public volatile long outputBytesMax;

  /** Not volatile: written with every read, and others only want to know it about. */
  private long replyPeak;

  private long replyPeakMillis;

  /** What {@link ClientMemory} counts for the client. */
  final AtomicLong heldBytes = new AtomicLong();

  private volatile boolean cutOff;
  private volatile boolean wantsFileOnly;
  private volatile boolean wantsFunctionsOnly;

  volatile ReplyMode replyMode = ReplyMode.ON;
  volatile @Nullable Transaction transaction;
  final List<Watch> watched = new ArrayList<>();
  volatile int watchedCount;
  final Map<ByteKey, Subscription> channels = new LinkedHashMap<>();
  final Map<ByteKey, Subscription> patterns = new LinkedHashMap<>();
  final Map<ByteKey, Subscription> shardChannels = new LinkedHashMap<>();
  volatile int channelCount;
  volatile int patternCount;
  volatile int shardChannelCount;
  volatile @Nullable Waiter waiter;
  volatile Errands.@Nullable Errand errand;

  /**
   * @param local whether the client is on this machine
   */
  public Session(
      long id,
      Outlet outlet,
      String address,
      String localAddress,
      boolean local,
      boolean unixSocket,
      long nowMillis) {
    this.id = id;
    this.outlet = outlet;
    this.address = address;
    this.localAddress = localAddress;
    this.local = local;
    this.unixSocket = unixSocket;
    createdMillis = nowMillis;
    lastActiveMillis = nowMillis;
  }

  public long id() {
    return id;
  }

  public Outlet outlet() {
    return outlet;
  }

  /** The decoder of the client's bytes. */
  public RespDecoder decoder() {
    return decoder;
  }

  /** The client's address as {@code ip:port}, or {@code path:0}. */
  public String address() {
    return address;
  }

  public String localAddress() {
    return localAddress;
  }

  public boolean isLocal() {
    return local;
  }

  public boolean isUnixSocket() {
    return unixSocket;
  }

  public long createdMillis() {
    return createdMillis;
  }

  public int database() {
    return database;
  }

  public void selectDatabase(int index) {
    database = index;
  }

  public boolean isResp3() {
    return resp3;
  }

  public void setResp3(boolean value) {
    resp3 = value;
    updateSubscribed();
  }

  public String name() {
    return name;
  }

  public void setName(String value) {
    name = value;
  }

  public String libraryName() {
    return libraryName;
  }

  public void setLibraryName(String value) {
    libraryName = value;
  }

  public String libraryVersion() {
    return libraryVersion;
  }

  public void setLibraryVersion(String value) {
    libraryVersion = value;
  }

  public String user() {
    return user;
  }

  public boolean isAuthenticated() {
    return (restrictions & UNAUTHENTICATED) == 0;
  }

  public void setAuthenticated(boolean value) {
    restrict(UNAUTHENTICATED, !value);
    decoder.setAuthenticated(value);
  }

  public Halt halt() {
    return halt;
  }

  /** Whether the connection ends when its replies have left. */
  public boolean isClosing() {
    return halt == Halt.CLOSING;
  }

  /** Lets commands run again; false when the connection is ending. */
  public boolean resume() {
    if (halt == Halt.CLOSING) {
      return false;
    }
    halt = Halt.NONE;
    if (replyMode == ReplyMode.SKIPPING) { // of a blocking command
      setReplyMode(ReplyMode.ON);
    }
    return true;
  }

  /** Lets the connection end when the replies written so far have left. */
  public void closeAfterReply() {
    halt = Halt.CLOSING;
  }

  /** Ends the connection without its replies: nothing more is sent. Any thread may call it. */
  public void cutOff() {
    cutOff = true;
    halt = Halt.CLOSING;
  }

  /** Whether SYNC is to send nothing but the database file. */
  public boolean wantsFileOnly() {
    return wantsFileOnly;
  }

  public void setWantsFileOnly(boolean value) {
    wantsFileOnly = value;
  }

  /** Whether that file is to have functions and no keys. */
  public boolean wantsFunctionsOnly() {
    return wantsFunctionsOnly;
  }

  public void setWantsFunctionsOnly(boolean value) {
    wantsFunctionsOnly = value;
  }

  public boolean isCutOff() {
    return cutOff;
  }

  public long lastActiveMillis() {
    return lastActiveMillis;
  }

  public void setActive(long nowMillis) {
    lastActiveMillis = nowMillis;
  }

  public boolean isNoEvict() {
    return noEvict;
  }

  public void setNoEvict(boolean value) {
    noEvict = value;
  }

  public boolean isNoTouch() {
    return noTouch;
  }

  public void setNoTouch(boolean value) {
    noTouch = value;
  }

  public boolean isMonitor() {
    return monitor;
  }

  public @Nullable Command lastCommand() {
    return lastCommand;
  }

  public boolean isInTransaction() {
    return transaction != null;
  }

  /** How many commands MULTI has queued; -1 outside a transaction. */
  public int queuedCommands() {
    Transaction t = transaction;
    return t == null ? -1 : t.size();
  }

  public long queuedBytes() {
    Transaction t = transaction;
    return t == null ? 0 : t.memory();
  }

  public boolean isDirty() {
    return dirty;
  }

  public int watchedKeys() {
    return watchedCount;
  }

  public boolean isBlocked() {
    return waiter != null;
  }

  /** Whether work is being done for the client, which waits for it. */
  public boolean isOnErrand() {
    return errand != null;
  }

  public int channelCount() {
    return channelCount;
  }

  public int patternCount() {
    return patternCount;
  }

  public int shardChannelCount() {
    return shardChannelCount;
  }

  public boolean isSubscribed() {
    return channelCount + patternCount + shardChannelCount > 0;
  }

  void updateSubscribed() {
    channelCount = channels.size();
    patternCount = patterns.size();
    shardChannelCount = shardChannels.size();
    restrict(SUBSCRIBED, isSubscribed() && !resp3);
  }

  /** Lets replies be sent (CLIENT REPLY ON). */
  public void replyOn() {
    setReplyMode(ReplyMode.ON);
  }

  /** Drops all replies from now on (CLIENT REPLY OFF). */
  public void replyOff() {
    setReplyMode(ReplyMode.OFF);
  }

  /** Drops the reply to the next command, unless all are dropped (CLIENT REPLY SKIP). */
  public void skipNextReply() {
    if (replyMode != ReplyMode.OFF) {
      setReplyMode(ReplyMode.SKIP_NEXT);
    }
  }

  /** Notes how many bytes of replies a read has led to. */
  void noteReplies(long bytes, long nowMillis, long peakResetMs) {
    if (bytes >= replyPeak || (peakResetMs >= 0 && nowMillis - replyPeakMillis > peakResetMs)) {
      replyPeak = bytes;
      replyPeakMillis = nowMillis;
    }
  }

  /**
   * The most bytes of replies that one read has led to lately.
   *
   * @param peakResetMs after how many milliseconds that is forgotten; negative: never
   */
  public long replyPeak(long nowMillis, long peakResetMs) {
    return peakResetMs >= 0 && nowMillis - replyPeakMillis > peakResetMs ? 0 : replyPeak;
  }

  void setReplyMode(ReplyMode mode) {
    replyMode = mode;
    restrict(MUTED, mode != ReplyMode.ON);
  }

  void setTransaction(@Nullable Transaction value) {
    transaction = value;
    restrict(IN_MULTI, value != null);
  }

  /** Whoever ends the client's subscriptions may be another thread. */
  synchronized void restrict(int bit, boolean on) {
    restrictions = on ? restrictions | bit : restrictions & ~bit;
  }
}
