package io.hydrion.tools;

import io.hydrion.config.Config;
import io.hydrion.persistence.IgnoredValue;
import io.hydrion.persistence.RdbFileReader;
import io.hydrion.persistence.RdbFileSink;
import io.hydrion.persistence.RdbFormatException;
import io.hydrion.persistence.RdbString;
import io.hydrion.persistence.ValueBuilder;
import io.hydrion.persistence.ValueSink;
import io.hydrion.store.Draft;
import io.hydrion.store.Partition;
import io.hydrion.store.StoreFullException;
import io.hydrion.util.Clock;
import io.hydrion.util.Disk;
import io.hydrion.util.FileDisk;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Checks a database file to its last byte, and tells what is in it, as redis-check-rdb does. */
public final class CheckRdb {
  private static final String USAGE =
      """
      Usage: hydrion check-rdb FILE
             hydrion check-rdb -h or --help, -v or --version

      Reads all of a database file, puts every value together, compares the checksum, and prints
      what is in the file. Where the file is damaged it says at which offset, and what it was
      reading. The exit status is 0 when all is well, 1 when not.

      A database file cannot be repaired by cutting its end off, as a log can: it says nothing
      without its end. Take another copy, or the log of commands.
      """;

  private static final long PROGRESS_EVERY_NS = 2_000_000_000;

  private final PrintStream out;
  private final Disk disk;
  private final Clock clock;

  /** One that works with the machine's disks and clock. */
  public CheckRdb(PrintStream out) {
    this(out, new FileDisk(), Clock.system());
  }

  CheckRdb(PrintStream out, Disk disk, Clock clock) {
    this.out = out;
    this.disk = disk;
    this.clock = clock;
  }

  /** Does what the arguments say, and returns the exit status. */
  public int run(List<String> args) {
    String file = args.size() == 1 ? args.getFirst() : "";
    return Usage.run(out, USAGE, "check-rdb", file, () -> check(Path.of(file)));
  }

  private int check(Path file) {
    try (Disk.Input input = disk.open(file)) {
      Run run = new Run(new RdbFileReader(input, true), input.size());
      info(0, "Checking RDB file " + file);
      boolean isFine = run.read();
      run.printCounts();
      return isFine ? 0 : 1;
    } catch (NoSuchFileException e) {
      out.print("Cannot open file " + file + ": there is none\n");
    } catch (IOException e) {
      out.print("Cannot read file " + file + ": " + e.getMessage() + "\n");
    }
    return 1;
  }

  private void info(long offset, String text) {
    out.print("[offset " + offset + "] " + text + "\n");
  }

  private void more(String text) {
    out.print("[additional info] " + text + "\n");
  }

  /** Bytes as they are where they are printable, and a sign for each other one. */
  private static String printable(String bytes) {
    StringBuilder text = new StringBuilder();
    for (char c : bytes.toCharArray()) {
      if (c >= ' ' && c < 0x7f) {
        text.append(c);
      } else {
        text.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
      }
    }
    return text.toString();
  }

  /** One reading of one file. */
  private final class Run implements RdbFileSink {
    private final RdbFileReader reader;
    private final long size;
    private final long startMs = clock.millis();
    private long printedNs = clock.nanos();
    private final Map<String, Long> types = new TreeMap<>();
    private int database = -1;
    private String key = "";
    private boolean isInKey;
    private String typeName = "";
    private long keys;
    private long expires;
    private long expired;
    private long dropped;
    private long functions;

    Run(RdbFileReader reader, long size) {
      this.reader = reader;
      this.size = size;
    }

    boolean read() throws IOException {
      try {
        reader.read(this);
      } catch (RdbFormatException e) {
        fail(e.offset(), e.reason());
        return false;
      } catch (StoreFullException e) {
        fail(reader.offset(), "Not enough memory for the value: raise it with HYDRION_JAVA_OPTS");
        return false;
      }
      if (reader.isChecked()) {
        info(reader.offset(), "Checksum OK");
      } else if (reader.hasChecksum()) {
        info(reader.offset(), "RDB file was saved with checksum disabled: no check performed.");
      }
      if (reader.offset() < size) {
        info(reader.offset(), (size - reader.offset()) + " bytes follow that are not looked at");
      }
      info(reader.offset(), "\\o/ RDB looks OK! \\o/");
      return true;
    }

    private void fail(long offset, String message) {
      out.print("--- RDB ERROR DETECTED ---\n");
      info(offset, message);
      more("While doing: " + reader.doing());
      if (isInKey) {
        more("Reading key '" + key + "'");
      }
      if (reader.type() >= 0) {
        more("Reading type " + reader.type() + " (" + reader.typeName() + ")");
      }
    }

    void printCounts() {
      count(keys, "keys read");
      count(expires, "expires");
      count(expired, "already expired");
      types.forEach((name, n) -> count(n, "of type " + name));
      if (functions > 0) {
        count(functions, "functions");
      }
      if (dropped > 0) {
        count(dropped, "without a value, which a server would leave out");
      }
    }

    private void count(long n, String of) {
      out.print("[info] " + n + " " + of + "\n");
    }

    @Override
    public ValueSink beginKey(
        int database, RdbString name, long expireAt, long idleSeconds, int frequency) {
      keys++;
      key = printable(name.text());
      isInKey = true;
      typeName = reader.typeName();
      if (expireAt != Partition.NEVER) {
        expires++;
        expired += expireAt < startMs ? 1 : 0;
      }
      if (reader.isString()) {
        return IgnoredValue.INSTANCE;
      }
      Draft draft = new Draft(Config.defaults(), 0);
      return new ValueBuilder(draft, draft.partition(), draft.entry());
    }

    @Override
    public void endKey() {
      isInKey = false;
      types.merge(typeName, 1L, Long::sum);
    }

    @Override
    public void dropKey() {
      isInKey = false;
      dropped++;
    }

    @Override
    public void function(RdbString code) {
      functions++;
    }

    @Override
    public void note(RdbString name, RdbString value) {
      String text = printable(value.text());
      info(reader.offset(), "AUX FIELD " + printable(name.text()) + " = '" + text + "'");
    }

    @Override
    public void database(int number) {
      if (number != database) { // each part of our own files names it again
        info(reader.offset(), "Selecting DB ID " + number);
      }
      database = number;
    }

    @Override
    public void moduleNote(String module) {
      info(reader.offset(), "MODULE AUX for: " + module);
    }

    @Override
    public void moduleValue(String module) {
      more("Key '" + key + "' has a value of module " + module + ", which no server here loads");
    }

    @Override
    public void progress(long bytes) {
      long now = clock.nanos();
      if (now - printedNs >= PROGRESS_EVERY_NS) {
        printedNs = now;
        info(bytes, "Checked " + bytes * 100 / Math.max(1, size) + "%, " + keys + " keys");
        out.flush();
      }
    }
  }
}
