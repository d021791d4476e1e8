package io.hydrion.util;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What the operating system says of this process: from {@code /proc} where there is one. */
public final class ProcessFigures {
  private static final Path SELF = Path.of("/proc/self");

  /** The unit of processor times in {@code /proc}, a second's part; the same on every Linux. */
  private static final double TICKS_PER_SECOND = 100;

  /** Where the name ends in a line of {@code stat}, and the times' places behind it. */
  private static final int USER_TIME = 11;

  private static final int SYSTEM_TIME = 12;

  private ProcessFigures() {}

  /** Processor time in seconds. */
  public record CpuTime(double user, double system) {
    CpuTime plus(CpuTime other) {
      return new CpuTime(user + other.user, system + other.system);
    }
  }

  /** Resident bytes; where nobody says, what the heap has taken. */
  public static long residentBytes() {
    long kilobytes = field(SELF.resolve("status"), "VmRSS:");
    return kilobytes > 0 ? kilobytes * 1024 : Runtime.getRuntime().totalMemory();
  }

  /** Bytes of memory that the machine has. */
  public static long machineBytes() {
    long kilobytes = field(Path.of("/proc/meminfo"), "MemTotal:");
    if (kilobytes > 0) {
      return kilobytes * 1024;
    }
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean machine
        ? machine.getTotalMemorySize()
        : 0;
  }

  /** The processor time of the process so far; without {@code /proc} all of it counts as user. */
  public static CpuTime cpuTime() {
    CpuTime time = cpuTime(SELF.resolve("stat"));
    if (time != null) {
      return time;
    }
    Duration total = ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    return new CpuTime(total.toNanos() / 1e9, 0);
  }

  /** The processor time of the threads whose name begins so; 0 without {@code /proc}. */
  public static CpuTime cpuTimeOfThreads(String namePrefix) {
    CpuTime sum = new CpuTime(0, 0);
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(SELF.resolve("task"))) {
      for (Path task : tasks) {
        CpuTime time = named(task, namePrefix) ? cpuTime(task.resolve("stat")) : null;
        sum = time == null ? sum : sum.plus(time);
      }
    } catch (IOException e) {
      return sum;
    }
    return sum;
  }

  private static boolean named(Path task, String prefix) {
    try {
      return Files.readString(task.resolve("comm")).startsWith(prefix);
    } catch (IOException e) {
      return false; // the thread has ended
    }
  }

  private static @org.jspecify.annotations.Nullable CpuTime cpuTime(Path stat) {
    try {
      String line = Files.readString(stat);
      String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
      return new CpuTime(
          Long.parseLong(fields[USER_TIME]) / TICKS_PER_SECOND,
          Long.parseLong(fields[SYSTEM_TIME]) / TICKS_PER_SECOND);
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  /** The number behind a name at the start of a line; -1 when there is none. */
  private static long field(Path file, String name) {
    try {
      for (String line : Files.readAllLines(file)) {
        if (line.startsWith(name)) {
          return Long.parseLong(line.substring(name.length()).trim().split(" ")[0]);
        }
      }
    } catch (IOException | RuntimeException e) {
      return -1;
    }
    return -1;
  }

  /** System, release and machine, as {@code uname} names them. */
  public static String systemName() {
    String machine = System.getProperty("os.arch");
    return System.getProperty("os.name")
        + " "
        + System.getProperty("os.version")
        + " "
        + (machine.equals("amd64") ? "x86_64" : machine);
  }
}
