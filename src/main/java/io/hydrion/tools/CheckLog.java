package io.hydrion.tools;

import io.hydrion.persistence.AofDirectory;
import io.hydrion.persistence.IgnoredKeys;
import io.hydrion.persistence.LogDamageException;
import io.hydrion.persistence.LogDirectory;
import io.hydrion.persistence.LogDirectory.LoadOptions;
import io.hydrion.persistence.LogDirectory.LoadSummary;
import io.hydrion.persistence.LogSink;
import io.hydrion.persistence.RdbFileReader;
import io.hydrion.persistence.RdbFormatException;
import io.hydrion.persistence.RdbString;
import io.hydrion.persistence.ValueSink;
import io.hydrion.persistence.WalDirectory;
import io.hydrion.util.Clock;
import io.hydrion.util.Disk;
import io.hydrion.util.FileDisk;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks a log from its snapshot to its last record, and cuts a damaged end off when told to. */
public final class CheckLog {
  private static final String USAGE =
      """
      Usage: hydrion check-log PATH [--fix [--yes] | --truncate-to-timestamp SECONDS]
             hydrion check-log -h or --help, -v or --version

      PATH is a directory of a log (appendonlydir, or one of segments), the manifest in it, or a
      single AOF file. All of it is read; where it is damaged, the file and the offset are printed.
      The exit status is 0 when all is well, 1 when not.

      With --fix the log is made to end in front of the first damage, after a question that --yes
      answers: what comes after it is lost. Keep a copy. The server must not run meanwhile.

      With --truncate-to-timestamp an AOF with lines that say the time (aof-timestamp-enabled) is cut
      in front of the first line with a later time than SECONDS since 1970.
      """;

  private static final String MANIFEST = ".manifest";
  private static final long PROGRESS_EVERY_NS = 2_000_000_000;

  private final PrintStream out;
  private final InputStream in;
  private final Disk disk;
  private final Clock clock;

  /** One that works with the machine's disks and clock. */
  public CheckLog(PrintStream out, InputStream in) {
    this(out, in, new FileDisk(), Clock.system());
  }

  CheckLog(PrintStream out, InputStream in, Disk disk, Clock clock) {
    this.out = out;
    this.in = in;
    this.disk = disk;
    this.clock = clock;
  }

  /** Does what the arguments say, and returns the exit status. */
  public int run(List<String> args) {
    List<String> paths = new ArrayList<>(args);
    boolean fixes = paths.remove("--fix");
    boolean isSure = paths.remove("--yes");
    long until = takeTimestamp(paths);
    if (until < 0 || (fixes && until != Long.MAX_VALUE)) {
      paths.clear(); // the usage is printed
    }
    String path = paths.size() == 1 ? paths.getFirst() : "";
    return Usage.run(
        out,
        USAGE,
        "check-log",
        path,
        () -> check(Path.of(path).toAbsolutePath().normalize(), fixes, isSure, until));
  }

  /** Takes the option with its number out of the arguments; -1 where that is wrong. */
  private static long takeTimestamp(List<String> args) {
    int at = args.indexOf("--truncate-to-timestamp");
    if (at < 0) {
      return Long.MAX_VALUE;
    }
    if (at + 1 == args.size() || !args.get(at + 1).matches("[0-9]{1,18}")) {
      return -1;
    }
    args.remove(at);
    return Long.parseLong(args.remove(at));
  }

  private int check(Path path, boolean fixes, boolean isSure, long until) {
    try {
      Log log = find(path);
      if (log == null) {
        return 1;
      }
      LogDamageException damage = read(log, Long.MAX_VALUE);
      if (damage == null) {
        return until == Long.MAX_VALUE ? 0 : truncate(log, until);
      }
      if (!damage.canBeCut()) {
        out.print("This cannot be repaired by cutting the log.\n");
        return 1;
      }
      if (!fixes) {
        out.print("--fix makes the log end in front of it.\n");
        return 1;
      }
      return fix(log, damage, isSure) ? 0 : 1;
    } catch (IOException e) {
      out.print("Cannot read " + path + ": " + e.getMessage() + "\n");
      return 1;
    }
  }

  // ---- what is there

  /**
   * A log.
   *
   * @param directory where its files are
   * @param name of an AOF; null for one of segments
   */
  private record Log(Path directory, @Nullable String name, boolean isSingle) {
    LogDirectory open(Disk disk) {
      Path parent = directory.getParent();
      return name == null
          ? new WalDirectory(disk, directory, 1)
          : new AofDirectory(
              disk,
              parent == null ? directory : parent,
              isSingle ? directory.toString() : String.valueOf(directory.getFileName()),
              name,
              true);
    }

    LoadSummary load(Disk disk, LogSink sink, LoadOptions options) throws IOException {
      LogDirectory opened = open(disk);
      return isSingle && opened instanceof AofDirectory aof
          ? aof.loadFile(sink, options)
          : opened.load(sink, options);
    }
  }

  private @Nullable Log find(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      if (!disk.exists(path)) {
        out.print("Cannot open " + path + ": there is none\n");
        return null;
      }
      String file = String.valueOf(path.getFileName());
      Path parent = path.getParent();
      assert parent != null;
      return file.endsWith(".wal")
          ? new Log(parent, null, false)
          : file.endsWith(MANIFEST)
              ? new Log(parent, file.substring(0, file.length() - MANIFEST.length()), false)
              : new Log(parent, file, true);
    }
    List<String> files = disk.list(path);
    List<String> manifests =
        files.stream()
            .filter(file -> file.endsWith(MANIFEST) && !file.startsWith("temp-"))
            .toList();
    if (manifests.size() > 1) {
      out.print("There are several manifests in " + path + ": name one\n");
      return null;
    }
    if (!manifests.isEmpty()) {
      return find(path.resolve(manifests.getFirst()));
    }
    if (files.stream().anyMatch(file -> file.endsWith(".wal") || file.startsWith("checkpoint-"))) {
      return new Log(path, null, false);
    }
    out.print("There is no log in " + path + "\n");
    return null;
  }

  // ---- reading and repairing

  /** Reads and reports; returns the first damage, or null. */
  private @Nullable LogDamageException read(Log log, long until) throws IOException {
    Reading reading = new Reading();
    LogDamageException damage = null;
    out.print("Checking " + (log.name == null ? "log " : "AOF ") + log.directory + "\n");
    try {
      LoadSummary found =
          log.load(new ReadOnlyDisk(disk), reading, new LoadOptions(false, false, until));
      out.print("All " + found.bytes() + " bytes are valid\n");
    } catch (LogDamageException e) {
      damage = e;
      out.print("--- DAMAGE ---\n");
      if (e.offset() >= 0) {
        out.print("File " + e.file() + ", offset " + e.offset() + "\n");
      }
      out.print(e.getMessage() + "\n");
    }
    if (reading.snapshot != null) {
      out.print("Snapshot " + reading.snapshot + ": " + reading.keys + " keys\n");
    }
    out.print(reading.records + " records, " + reading.bytes + " bytes of commands\n");
    return damage;
  }

  private boolean fix(Log log, LogDamageException damage, boolean isSure) throws IOException {
    Path file = log.directory.resolve(damage.file());
    long size = disk.size(file);
    out.print(
        "This will shrink "
            + file
            + " from "
            + size
            + " bytes to "
            + damage.offset()
            + (log.name == null ? ", and put aside the segments after it" : "")
            + "\n");
    if (!isSure && !isAgreed()) {
      out.print("Aborting...\n");
      return false;
    }
    if (log.name == null) {
      log.load(disk, new Reading(), new LoadOptions(true, true));
    } else {
      disk.truncate(file, damage.offset());
    }
    out.print("Successfully cut " + file + "\n");
    return read(log, Long.MAX_VALUE) == null;
  }

  /** Cuts a sound log off behind a time. */
  private int truncate(Log log, long until) throws IOException {
    LogDamageException later = null;
    if (log.name == null) {
      out.print("A log of segments does not say the time\n");
      return 1;
    }
    try {
      log.load(new ReadOnlyDisk(disk), new Reading(), new LoadOptions(false, false, until));
    } catch (LogDamageException e) {
      later = e;
    }
    if (later == null) {
      out.print("Nothing to truncate to timestamp " + until + "\n");
      return 0;
    }
    if (!later.canBeCut() || later.offset() == 0) {
      out.print(
          later.canBeCut()
              ? "AOF " + later.file() + " has nothing before timestamp " + until + "\n"
              : "AOF " + later.file() + " cannot be truncated: it is not the last file\n");
      return 1;
    }
    disk.truncate(log.directory.resolve(later.file()), later.offset());
    out.print("Successfully truncated AOF " + later.file() + " to timestamp " + until + "\n");
    return read(log, Long.MAX_VALUE) == null ? 0 : 1;
  }

  private boolean isAgreed() throws IOException {
    out.print("Continue? [y/N]: ");
    out.flush();
    int answer = in.read();
    return answer == 'y' || answer == 'Y';
  }

  /** Counts what it is given. */
  private final class Reading implements LogSink {
    private long printedNs = clock.nanos();
    private @Nullable String snapshot;
    private long keys;
    private long records;
    private long bytes;

    @Override
    public long snapshot(Disk.Input input, String name) throws IOException {
      snapshot = name;
      RdbFileReader reader = new RdbFileReader(input, true);
      try {
        reader.read(new Keys());
        return reader.offset();
      } catch (RdbFormatException e) {
        String text = "The snapshot " + name + " is damaged: " + e.getMessage();
        throw new LogDamageException(name, e.offset(), text);
      }
    }

    @Override
    public void record(byte[] a, int off, int len) {
      records++;
      bytes += len;
    }

    @Override
    public void progress(long read, long total) {
      long now = clock.nanos();
      if (now - printedNs >= PROGRESS_EVERY_NS) {
        printedNs = now;
        out.print("Checked " + read * 100 / Math.max(1, total) + "%, " + records + " records\n");
        out.flush();
      }
    }

    @Override
    public void note(String text) {
      out.print(text + "\n");
    }

    private final class Keys extends IgnoredKeys {
      @Override
      public ValueSink beginKey(
          int database, RdbString key, long expireAt, long idleSeconds, int frequency) {
        keys++;
        return super.beginKey(database, key, expireAt, idleSeconds, frequency);
      }

      @Override
      public void moduleValue(String module) {}
    }
  }
}
