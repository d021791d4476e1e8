package io.hydrion.command;

import io.hydrion.command.MigrateCommand.Options;
import io.hydrion.engine.Effects;
import io.hydrion.engine.Engine;
import io.hydrion.engine.Request;
import io.hydrion.persistence.RdbOutput;
import io.hydrion.protocol.RespWriter;
import io.hydrion.store.Entry;
import io.hydrion.store.Partition;
import io.hydrion.util.Addresses;
import io.hydrion.util.Network;
import java.io.IOException;
import java.net.ConnectException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys of one MIGRATE on their way to another server. Used by one thread at a time. */
final class Migration {
  /*
   * Redis stands still while MIGRATE talks to the other server. Here only its client does: under the
   * keys' locks the payloads are made, without them they are sent and answered, and under them again
   * each key that was accepted is looked at once more. When it is as it was sent, it is deleted. When
   * somebody has changed it meanwhile, it is sent again in place of what is there by then; when
   * somebody has deleted it, it is deleted there. That is tried twice; the third time everything
   * happens under the locks, where nothing can change. So it does from the start where the client
   * cannot wait: in a transaction.
   *
   * Many keys go in batches, so that neither memory nor the time under the locks depends on how many
   * there are.
   */
  private static final int BATCH_BYTES = 1024 * 1024;

  /** About how many bytes a key takes besides its payload while it is under way. */
  private static final int PARCEL_BYTES = 100;

  private static final int ROUNDS_WITHOUT_LOCKS = 2;

  private static final String TROUBLE = "IOERR error or timeout ";
  private static final String CONNECTING = TROUBLE + "connecting to the client";
  private static final String WRITING = TROUBLE + "writing to target instance";
  private static final String READING = TROUBLE + "reading to target instance";

  /** What is sent of one key: its payload, or that it is gone. */
  private static final class Parcel {
    final int argument;
    final byte[] key;
    final boolean isGone;
    final long expireAt;
    final long ttl;
    final int size;
    final long sum;

    /** Null when it is gone, or has been sent. */
    @Nullable RdbOutput payload;

    boolean accepted;

    Parcel(int argument, byte[] key, @Nullable RdbOutput payload, long expireAt, long ttl) {
      this.argument = argument;
      this.key = key;
      this.payload = payload;
      this.expireAt = expireAt;
      this.ttl = ttl;
      isGone = payload == null;
      size = payload == null ? 0 : payload.size();
      sum = payload == null ? 0 : DumpCommands.sum(payload);
    }

    /** Whether that is what was sent: its length and its checksum of 64 bits tell. */
    boolean isSame(RdbOutput other) {
      return size == other.size() && sum == DumpCommands.sum(other);
    }
  }

  private final Engine engine;
  private final Options options;

  /** The database that the keys are in. */
  private final int database;

  /** The arguments whose keys have not been sent yet. */
  private final Deque<Integer> waiting = new ArrayDeque<>();

  /** Those whose keys are to be sent again. */
  private final Deque<Integer> changed = new ArrayDeque<>();

  private final List<Parcel> batch = new ArrayList<>();

  /** How often the keys of the batch have been sent before. */
  private int round;

  private @Nullable MigrationTarget target;
  private String clientAddress = "";
  private String serverAddress = "";

  /** Whether the keys would move to where they are. */
  private boolean staysHere;

  /** Nothing more can be sent. */
  private boolean broken;

  private String targetError = "";
  private String ownError = "";

  Migration(Request q, Options options, int[] keys) {
    engine = q.engine();
    database = q.db().index();
    this.options = options;
    for (int key : keys) {
      waiting.add(key);
    }
  }

  /** Goes on, under the keys' locks, as far as it can; replies when nothing is left to be done. */
  void proceed(Request q, RespWriter out) {
    boolean awaits = false;
    try {
      settle(q);
      gather(q);
      while (!batch.isEmpty() && !awaits) {
        if (q.mayBlock() && round < ROUNDS_WITHOUT_LOCKS) {
          awaits = true;
        } else {
          exchange();
          settle(q);
          gather(q);
        }
      }
    } finally {
      if (!awaits) {
        close();
      }
    }
    if (awaits) {
      q.await(this::exchange, this::proceed);
    } else {
      reply(out);
    }
  }

  private void reply(RespWriter out) {
    if (!targetError.isEmpty()) {
      out.error("ERR Target instance replied with error: " + targetError.substring(1));
    } else if (!ownError.isEmpty()) {
      out.error(ownError);
    } else {
      out.ok();
    }
  }

  /** Fills the batch with what is to be sent next. */
  private void gather(Request q) {
    batch.clear();
    if (broken) {
      return;
    }
    boolean again = !changed.isEmpty();
    Deque<Integer> source = again ? changed : waiting;
    round = again ? round + 1 : 0;
    long bytes = 0;
    while (!source.isEmpty() && bytes < BATCH_BYTES) {
      int argument = source.remove();
      Entry e = q.key(argument);
      if (q.db().peek(e)) {
        RdbOutput payload = DumpCommands.payload(q, e);
        long ttl = e.hasExpiry() ? e.expireAt() - q.now() : 0;
        batch.add(new Parcel(argument, q.copy(argument), payload, e.expireAt(), ttl));
        bytes += payload.size() + q.length(argument) + PARCEL_BYTES;
      } else if (again) {
        batch.add(new Parcel(argument, q.copy(argument), null, Partition.NEVER, 0));
        bytes += q.length(argument) + PARCEL_BYTES;
      }
    }
  }

  /** Deals with the keys that the target has accepted. */
  private void settle(Request q) {
    if (options.copies()) {
      return;
    }
    // A key may be in the batch twice: all of them are looked at before any is deleted.
    List<Parcel> moved = new ArrayList<>();
    for (Parcel parcel : batch) {
      if (parcel.accepted) {
        if (isUnchanged(q, parcel)) {
          moved.add(parcel);
        } else {
          changed.add(parcel.argument);
        }
      }
    }
    List<Parcel> deleted = new ArrayList<>();
    for (Parcel parcel : moved) {
      Entry e = q.key(parcel.argument);
      if (!staysHere && q.db().peek(e)) {
        q.db().delete(e, "del");
        deleted.add(parcel);
      }
    }
    if (!deleted.isEmpty()) {
      Effects effect = q.effect(1 + deleted.size()).word("DEL");
      deleted.forEach(parcel -> effect.bytes(parcel.key));
    }
  }

  private static boolean isUnchanged(Request q, Parcel parcel) {
    Entry e = q.key(parcel.argument);
    if (!q.db().peek(e)) {
      return parcel.isGone || parcel.expireAt <= q.now();
    }
    return !parcel.isGone
        && parcel.expireAt == e.expireAt()
        && parcel.isSame(DumpCommands.payload(q, e));
  }

  /** Sends the batch and takes the answers. */
  private void exchange() {
    boolean ended = false;
    String trouble = CONNECTING;
    try {
      MigrationTarget to = target;
      boolean isNew = to == null;
      if (to == null) {
        to = connect();
      }
      trouble = WRITING;
      int greetings = isNew ? greet(to) : 0;
      trouble = READING;
      if (!areAccepted(to, greetings)) {
        broken = true;
        return;
      }
      trouble = WRITING;
      for (Parcel parcel : batch) {
        send(to, parcel);
      }
      to.flush();
      trouble = READING;
      for (Parcel parcel : batch) {
        parcel.accepted = isAccepted(to.line(), parcel.isGone ? ':' : '+');
      }
      if (isNew && database == options.database()) {
        staysHere = engine.sessions().connects(clientAddress, serverAddress);
      }
      ended = true;
    } catch (ConnectException e) {
      ownError = WRITING; // Redis learns only then that it has been refused
      broken = true;
    } catch (IOException e) {
      ownError = trouble;
      broken = true;
    } finally {
      if (!ended) {
        close();
      }
    }
  }

  private MigrationTarget connect() throws IOException {
    Network.Link link =
        engine.network().connect(options.host(), options.port(), options.timeoutMillis());
    clientAddress = Addresses.text(link.localAddress());
    serverAddress = Addresses.text(link.remoteAddress());
    target = new MigrationTarget(link);
    return target;
  }

  /** Sends what must come before any key; returns how many answers there will be. */
  private int greet(MigrationTarget to) throws IOException {
    int count = 0;
    if (!options.credentials().isEmpty()) {
      to.command(1 + options.credentials().size());
      to.word("AUTH");
      for (byte[] word : options.credentials()) {
        to.word(word);
      }
      count++;
    }
    if (options.database() != 0) {
      to.command(2);
      to.word("SELECT");
      to.word(Long.toString(options.database()));
      count++;
    }
    if (count > 0) {
      to.flush();
    }
    return count;
  }

  private boolean areAccepted(MigrationTarget from, int answers) throws IOException {
    boolean all = true;
    for (int i = 0; i < answers; i++) {
      all &= isAccepted(from.line(), '+');
    }
    return all;
  }

  private void send(MigrationTarget to, Parcel parcel) throws IOException {
    RdbOutput payload = parcel.payload;
    if (payload == null) {
      to.command(2);
      to.word("DEL");
      to.word(parcel.key);
      return;
    }
    boolean replaces = options.replaces() || round > 0;
    to.command(replaces ? 5 : 4);
    to.word("RESTORE");
    to.word(parcel.key);
    to.word(Long.toString(parcel.ttl));
    to.word(payload.array(), payload.size());
    parcel.payload = null; // it may be large
    if (replaces) {
      to.word("REPLACE");
    }
  }

  /**
   * Whether an answer is what is hoped for, and not an error; the first error is kept.
   *
   * @throws IOException when it is neither: who knows what that server is
   */
  private boolean isAccepted(String line, char type) throws IOException {
    char first = line.isEmpty() ? 0 : line.charAt(0);
    if (first == '-') {
      targetError = targetError.isEmpty() ? line : targetError;
      return false;
    }
    if (first != type) {
      throw new IOException("not an answer");
    }
    return true;
  }

  private void close() {
    if (target != null) {
      target.close();
      target = null;
    }
  }
}
