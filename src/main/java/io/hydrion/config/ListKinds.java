package io.hydrion.config;

import io.hydrion.config.OutputBufferLimits.Limit;
import io.hydrion.util.Bytes;
import io.hydrion.util.DoubleText;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.StringJoiner;

/** The kinds of single directives with a syntax of their own. */
final class ListKinds {
  private ListKinds() {}

  abstract static class MultiArgument extends Kind {
    @Override
    final boolean multiArgument() {
      return true;
    }

    static boolean isSingleEmpty(List<String> args) {
      return args.size() == 1 && args.getFirst().isEmpty();
    }
  }

  /** save: pairs of seconds and changes, kept as a List of SavePoint and added to the current. */
  static final class Save extends MultiArgument {
    @Override
    Object parse(List<String> args, Object current) throws BadValue {
      if (isSingleEmpty(args)) {
        return List.of();
      }
      List<SavePoint> points = new ArrayList<>(savePoints(current));
      if (args.size() % 2 != 0) {
        throw new BadValue("Invalid save parameters");
      }
      for (int i = 0; i < args.size(); i += 2) {
        CNumbers.Scanned seconds = CNumbers.scanLong(args.get(i), 10);
        CNumbers.Scanned changes = CNumbers.scanLong(args.get(i + 1), 10);
        if (!seconds.whole() || seconds.value() < 1 || !changes.whole() || changes.value() < 0) {
          throw new BadValue("Invalid save parameters");
        }
        points.add(new SavePoint(seconds.value(), (int) changes.value()));
      }
      return List.copyOf(points);
    }

    @SuppressWarnings("unchecked")
    static List<SavePoint> savePoints(Object value) {
      return (List<SavePoint>) value;
    }

    @Override
    String format(Object value) {
      StringJoiner out = new StringJoiner(" ");
      for (SavePoint point : savePoints(value)) {
        out.add(point.seconds() + " " + point.changes());
      }
      return out.toString();
    }

    @Override
    void rewrite(String name, Object value, Object byDefault, RewriteSink sink) {
      if (savePoints(value).isEmpty()) {
        sink.line(name, name + " \"\"", true);
      }
      for (SavePoint point : savePoints(value)) {
        sink.line(name, name + " " + point.seconds() + " " + point.changes(), true);
      }
    }
  }

  /** client-output-buffer-limit: class, hard, soft and seconds; classes not named stay. */
  static final class OutputBuffers extends MultiArgument {
    @Override
    Object parse(List<String> args, Object current) throws BadValue {
      if (args.size() % 4 != 0) {
        // CONFIG SET with an empty text has one empty argument and is wrong too.
        throw new BadValue("Wrong number of arguments in buffer limit configuration.");
      }
      OutputBufferLimits limits = (OutputBufferLimits) current;
      for (int i = 0; i < args.size(); i += 4) {
        limits = replace(limits, args.get(i).toLowerCase(Locale.ROOT), args.subList(i, i + 4));
      }
      return limits;
    }

    private static OutputBufferLimits replace(
        OutputBufferLimits limits, String clientClass, List<String> args) throws BadValue {
      return switch (clientClass) {
        case "normal" -> new OutputBufferLimits(limit(args), limits.replica(), limits.pubsub());
        case "slave", "replica" ->
            new OutputBufferLimits(limits.normal(), limit(args), limits.pubsub());
        case "pubsub" -> new OutputBufferLimits(limits.normal(), limits.replica(), limit(args));
        default ->
            throw new BadValue("Invalid client class specified in buffer limit configuration.");
      };
    }

    private static Limit limit(List<String> args) throws BadValue {
      OptionalLong hard = CNumbers.parseMemory(args.get(1));
      OptionalLong soft = CNumbers.parseMemory(args.get(2));
      CNumbers.Scanned seconds = CNumbers.scanLong(args.get(3), 10);
      // Redis keeps the low 32 bits and refuses them when they are negative.
      int kept = (int) seconds.value();
      if (hard.isEmpty() || soft.isEmpty() || kept < 0 || !seconds.whole()) {
        throw new BadValue(
            "Error in hard, soft or soft_seconds setting in buffer limit configuration.");
      }
      return new Limit(hard.getAsLong(), soft.getAsLong(), kept);
    }

    @Override
    String format(Object value) {
      OutputBufferLimits limits = (OutputBufferLimits) value;
      return "normal "
          + format(limits.normal())
          + " slave "
          + format(limits.replica())
          + " pubsub "
          + format(limits.pubsub());
    }

    private static String format(Limit limit) {
      return Long.toUnsignedString(limit.hardBytes())
          + " "
          + Long.toUnsignedString(limit.softBytes())
          + " "
          + limit.softSeconds();
    }

    @Override
    void rewrite(String name, Object value, Object byDefault, RewriteSink sink) {
      OutputBufferLimits limits = (OutputBufferLimits) value;
      OutputBufferLimits usual = (OutputBufferLimits) byDefault;
      rewrite(name, "normal", limits.normal(), usual.normal(), sink);
      rewrite(name, "replica", limits.replica(), usual.replica(), sink);
      rewrite(name, "pubsub", limits.pubsub(), usual.pubsub(), sink);
    }

    private static void rewrite(
        String name, String clientClass, Limit limit, Limit usual, RewriteSink sink) {
      String line =
          String.join(
              " ",
              name,
              clientClass,
              CNumbers.formatMemory(limit.hardBytes()),
              CNumbers.formatMemory(limit.softBytes()),
              Long.toString(limit.softSeconds()));
      sink.line(name, line, !limit.equals(usual));
    }
  }

  /** notify-keyspace-events: letters, kept as the Integer bit set of {@link KeyspaceEvents}. */
  static final class Events extends Kind {
    @Override
    Object parse(List<String> args, Object current) throws BadValue {
      int bits = KeyspaceEvents.parse(args.getFirst());
      if (bits < 0) {
        throw new BadValue("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
      }
      return bits;
    }

    @Override
    String format(Object value) {
      return KeyspaceEvents.format((Integer) value);
    }

    @Override
    void rewrite(String name, Object value, Object byDefault, RewriteSink sink) {
      sink.line(name, name + " " + quote(format(value)), !value.equals(byDefault));
    }
  }

  /** bind: up to 16 addresses, kept as a List of String; a leading dash makes one optional. */
  static final class Addresses extends MultiArgument {
    private static final int COUNT_MAX = 16;

    @Override
    Object parse(List<String> args, Object current) throws BadValue {
      if (args.size() > COUNT_MAX) {
        throw new BadValue("Too many bind addresses specified.");
      }
      return isSingleEmpty(args) ? List.of() : List.copyOf(args);
    }

    @SuppressWarnings("unchecked")
    static List<String> addresses(Object value) {
      return (List<String>) value;
    }

    @Override
    String format(Object value) {
      return String.join(" ", addresses(value));
    }

    @Override
    void rewrite(String name, Object value, Object byDefault, RewriteSink sink) {
      if (value.equals(byDefault)) {
        sink.drop(name);
      } else {
        sink.line(name, name + " " + (addresses(value).isEmpty() ? "\"\"" : format(value)), true);
      }
    }
  }

  /** replicaof: host and port or "no one", kept as the text "host port", or empty. */
  static final class Primary extends MultiArgument {
    @Override
    Object parse(List<String> args, Object current) throws BadValue {
      if (args.size() != 2) {
        throw new BadValue("wrong number of arguments");
      }
      if (args.get(0).equalsIgnoreCase("no") && args.get(1).equalsIgnoreCase("one")) {
        return "";
      }
      CNumbers.Scanned port = CNumbers.scanLong(args.get(1), 10);
      if (!port.whole() || port.value() < 0 || port.value() > 65535) {
        throw new BadValue("Invalid master port");
      }
      return args.get(0) + " " + port.value();
    }

    @Override
    String format(Object value) {
      return (String) value;
    }

    @Override
    void rewrite(String name, Object value, Object byDefault, RewriteSink sink) {
      if (value.equals("")) {
        sink.drop(name);
      } else {
        sink.line(name, name + " " + value, true);
      }
    }
  }

  /** oom-score-adj-values: three integers, kept as a List of Integer. */
  static final class OomScores extends MultiArgument {
    private static final int COUNT = 3;
    private static final int SCORE_MAX = 2000;

    @Override
    Object parse(List<String> args, Object current) throws BadValue {
      if (args.size() != COUNT) {
        throw new BadValue("wrong number of arguments");
      }
      List<Integer> scores = new ArrayList<>();
      for (String arg : args) {
        CNumbers.Scanned score = CNumbers.scanLong(arg, 10);
        if (!score.whole() || score.value() < -SCORE_MAX || score.value() > SCORE_MAX) {
          throw new BadValue(
              "Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
        }
        scores.add((int) score.value());
      }
      return List.copyOf(scores);
    }

    @Override
    String format(Object value) {
      StringJoiner out = new StringJoiner(" ");
      for (Object score : (List<?>) value) {
        out.add(score.toString());
      }
      return out.toString();
    }
  }

  /** latency-tracking-info-percentiles: numbers from 0 to 100, kept as a List of Double. */
  static final class Percentiles extends MultiArgument {
    @Override
    Object parse(List<String> args, Object current) throws BadValue {
      if (isSingleEmpty(args)) {
        return List.of();
      }
      List<Double> percentiles = new ArrayList<>();
      for (String arg : args) {
        byte[] text = Bytes.utf8(arg);
        double value = DoubleText.parse(text, 0, text.length);
        if (Double.isNaN(value)) {
          throw new BadValue("Invalid latency-tracking-info-percentiles parameters");
        }
        if (value < 0 || value > 100) {
          throw new BadValue(
              "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
        }
        percentiles.add(value);
      }
      return List.copyOf(percentiles);
    }

    @SuppressWarnings("unchecked")
    static List<Double> percentiles(Object value) {
      return (List<Double>) value;
    }

    @Override
    String format(Object value) {
      StringJoiner out = new StringJoiner(" ");
      for (double percentile : percentiles(value)) {
        BigDecimal rounded = new BigDecimal(percentile).setScale(6, RoundingMode.HALF_EVEN);
        boolean negativeZero = Double.doubleToRawLongBits(percentile) < 0;
        out.add(
            rounded.signum() == 0
                ? (negativeZero ? "-0" : "0")
                : rounded.stripTrailingZeros().toPlainString());
      }
      return out.toString();
    }

    @Override
    void rewrite(String name, Object value, Object byDefault, RewriteSink sink) {
      String text = percentiles(value).isEmpty() ? "\"\"" : format(value);
      sink.line(name, name + " " + text, true);
    }
  }

  /** dir: an existing directory, kept as its absolute path; relative ones start at the current. */
  static final class WorkingDirectory extends Kind {
    @Override
    Object parse(List<String> args, Object current) throws BadValue {
      Path path;
      try {
        path = Path.of((String) current).resolve(args.getFirst()).normalize();
      } catch (InvalidPathException e) {
        throw new BadValue("No such file or directory");
      }
      if (args.getFirst().isEmpty() || !Files.exists(path)) {
        throw new BadValue("No such file or directory");
      } else if (!Files.isDirectory(path)) {
        throw new BadValue("Not a directory");
      } else if (!Files.isExecutable(path)) {
        throw new BadValue("Permission denied");
      }
      return realPath(path);
    }

    static String realPath(Path path) {
      try {
        return path.toRealPath().toString();
      } catch (java.io.IOException e) {
        return path.toAbsolutePath().normalize().toString();
      }
    }

    @Override
    String format(Object value) {
      return (String) value;
    }

    @Override
    void rewrite(String name, Object value, Object byDefault, RewriteSink sink) {
      sink.line(name, name + " " + quote((String) value), true);
    }
  }
}
