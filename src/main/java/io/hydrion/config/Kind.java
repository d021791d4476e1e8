package io.hydrion.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * How the values of a directive are read, kept, shown and written back. The error texts are Redis's
 * own. A value is an immutable object, its class fixed by the kind.
 */
abstract class Kind {

  /** Why a value cannot be had; the message is for the user. */
  static final class BadValue extends Exception {
    private static final long serialVersionUID = 1L;

    BadValue(String message) {
      super(message, null, false, false);
    }
  }

  /** Takes the lines that CONFIG REWRITE wants in the file. */
  interface RewriteSink {
    /**
     * Puts a line in the place of an old one of {@code name}.
     *
     * @param force whether to append it where the file has no line of that name left
     */
    void line(String name, String line, boolean force);

    /** Says that lines of {@code name} that are still in the file are to go. */
    void drop(String name);
  }

  /**
   * The value that these arguments say.
   *
   * @param current the value until now, which some kinds change only in part
   */
  abstract Object parse(List<String> args, Object current) throws BadValue;

  /** The value as CONFIG GET shows it. */
  abstract String format(Object value);

  /** Whether the directive takes any number of arguments, and one that is to be split. */
  boolean multiArgument() {
    return false;
  }

  void rewrite(String name, Object value, Object byDefault, RewriteSink sink) {
    sink.line(name, name + " " + format(value), !value.equals(byDefault));
  }

  static String quote(String text) {
    return Words.quote(ConfigText.toByteString(text));
  }

  /** A line of a file that says something other than a value. */
  static final class Statement extends Kind {
    @Override
    Object parse(List<String> args, Object current) {
      throw new IllegalStateException("a statement has no value");
    }

    @Override
    String format(Object value) {
      return "";
    }

    @Override
    boolean multiArgument() {
      return true;
    }

    @Override
    void rewrite(String name, Object value, Object byDefault, RewriteSink sink) {}
  }

  /** yes or no, kept as a Boolean. */
  static final class Bool extends Kind {
    @Override
    Object parse(List<String> args, Object current) throws BadValue {
      String text = args.getFirst();
      if (text.equalsIgnoreCase("yes")) {
        return true;
      } else if (text.equalsIgnoreCase("no")) {
        return false;
      }
      throw new BadValue("argument must be 'yes' or 'no'");
    }

    @Override
    String format(Object value) {
      return (Boolean) value ? "yes" : "no";
    }
  }

  /** How a number is written. */
  enum Notation {
    DECIMAL("argument couldn't be parsed into an integer"),
    OCTAL("argument couldn't be parsed as an octal number"),
    MEMORY("argument must be a memory value"),
    MEMORY_OR_PERCENT("argument must be a memory or percent value");

    final String error;

    Notation(String error) {
      this.error = error;
    }
  }

  /** A number within bounds, kept as a Long; a percentage is its negative. */
  static final class Numeric extends Kind {
    private final Notation notation;
    private final boolean unsigned;
    private final long min;
    private final long max;
    private final long floor;
    private final long ceiling;

    Numeric(Notation notation, boolean unsigned, long min, long max) {
      this(notation, unsigned, min, max, Long.MIN_VALUE, Long.MAX_VALUE);
    }

    /** A number that is accepted between min and max, and then held between floor and ceiling. */
    Numeric(Notation notation, boolean unsigned, long min, long max, long floor, long ceiling) {
      this.notation = notation;
      this.unsigned = unsigned;
      this.min = min;
      this.max = max;
      this.floor = floor;
      this.ceiling = ceiling;
    }

    @Override
    Object parse(List<String> args, Object current) throws BadValue {
      OptionalLong value = read(args.getFirst());
      if (value.isEmpty()) {
        throw new BadValue(notation.error);
      }
      checkBounds(value.getAsLong());
      return unsigned ? value.getAsLong() : Math.clamp(value.getAsLong(), floor, ceiling);
    }

    private OptionalLong read(String text) {
      return switch (notation) {
        case DECIMAL -> CNumbers.parseLong(text);
        case OCTAL -> {
          CNumbers.Scanned scanned = CNumbers.scanLong(text, 8);
          yield scanned.whole() && !scanned.overflow()
              ? OptionalLong.of(scanned.value())
              : OptionalLong.empty();
        }
        case MEMORY -> CNumbers.parseMemory(text);
        case MEMORY_OR_PERCENT -> {
          OptionalLong bytes = CNumbers.parseMemory(text);
          yield bytes.isEmpty() && text.endsWith("%") ? readPercent(text) : bytes;
        }
      };
    }

    private static OptionalLong readPercent(String text) {
      OptionalLong percent = CNumbers.parseLong(text.substring(0, text.length() - 1));
      return percent.isPresent() && percent.getAsLong() >= 0
          ? OptionalLong.of(-percent.getAsLong())
          : OptionalLong.empty();
    }

    private void checkBounds(long value) throws BadValue {
      if (unsigned) {
        if (Long.compareUnsigned(value, min) < 0 || Long.compareUnsigned(value, max) > 0) {
          int radix = notation == Notation.OCTAL ? 8 : 10;
          throw outOfBounds(Long.toUnsignedString(min, radix), Long.toUnsignedString(max, radix));
        }
      } else if (notation == Notation.MEMORY_OR_PERCENT && value < 0) {
        if (value < min) {
          throw new BadValue("percentage argument must be less or equal to " + -min);
        }
      } else if (value < min || value > max) {
        throw outOfBounds(Long.toString(min), Long.toString(max));
      }
    }

    private static BadValue outOfBounds(String min, String max) {
      return new BadValue("argument must be between " + min + " and " + max + " inclusive");
    }

    @Override
    String format(Object value) {
      long number = (Long) value;
      return switch (notation) {
        case DECIMAL -> Long.toString(number);
        case OCTAL -> Long.toOctalString(number);
        case MEMORY -> Long.toUnsignedString(number);
        case MEMORY_OR_PERCENT -> number < 0 ? -number + "%" : Long.toString(number);
      };
    }

    @Override
    void rewrite(String name, Object value, Object byDefault, RewriteSink sink) {
      long number = (Long) value;
      boolean bytes =
          notation == Notation.MEMORY || (notation == Notation.MEMORY_OR_PERCENT && number >= 0);
      String text = bytes ? CNumbers.formatMemory(number) : format(value);
      sink.line(name, name + " " + text, !value.equals(byDefault));
    }
  }

  /** One of some names, kept as the String that is shown for it. */
  static final class Choice extends Kind {
    private final Map<String, String> shown = new LinkedHashMap<>();

    /** The choices in their order; {@code name=shown} says that one is shown as another. */
    Choice(String... choices) {
      for (String choice : choices) {
        int sign = choice.indexOf('=');
        shown.put(
            sign < 0 ? choice : choice.substring(0, sign),
            sign < 0 ? choice : choice.substring(sign + 1));
      }
    }

    @Override
    Object parse(List<String> args, Object current) throws BadValue {
      String value = args.size() == 1 ? shown.get(args.getFirst().toLowerCase(Locale.ROOT)) : null;
      if (value == null) {
        throw unknownName(shown.keySet());
      }
      return value;
    }

    @Override
    String format(Object value) {
      return (String) value;
    }
  }

  private static BadValue unknownName(Iterable<String> names) {
    return new BadValue("argument(s) must be one of the following: " + String.join(", ", names));
  }

  /** What to do on SIGINT or SIGTERM: any of some names, kept as an Integer bit set. */
  static final class ShutdownFlags extends Kind {
    private static final List<String> NAMES = List.of("save", "nosave", "now", "force");
    private static final String NONE = "default";

    @Override
    boolean multiArgument() {
      return true;
    }

    @Override
    Object parse(List<String> args, Object current) throws BadValue {
      int bits = 0;
      for (String arg : args) {
        String name = arg.toLowerCase(Locale.ROOT);
        int bit = NAMES.indexOf(name);
        if (bit < 0 && !name.equals(NONE)) {
          throw unknown();
        }
        bits |= bit < 0 ? 0 : 1 << bit;
      }
      if (args.isEmpty()) {
        throw unknown();
      }
      if ((bits & 0b11) == 0b11) {
        throw new BadValue("shutdown options SAVE and NOSAVE can't be used simultaneously");
      }
      return bits;
    }

    private static BadValue unknown() {
      List<String> names = new java.util.ArrayList<>(NAMES);
      names.addFirst(NONE);
      return unknownName(names);
    }

    @Override
    String format(Object value) {
      int bits = (Integer) value;
      if (bits == 0) {
        return NONE;
      }
      StringJoiner names = new StringJoiner(" ");
      for (int i = 0; i < NAMES.size(); i++) {
        if ((bits & 1 << i) != 0) {
          names.add(NAMES.get(i));
        }
      }
      return names.toString();
    }
  }

  /** Any text, kept as a String. */
  static final class Text extends Kind {

    /** Says what is wrong with a text, or null. */
    interface Check {
      @Nullable String fault(String text);
    }

    private final boolean emptyIsUnset;
    private final Check check;

    /**
     * A text.
     *
     * @param emptyIsUnset whether the empty text means that there is none, so that CONFIG REWRITE
     *     leaves the line out
     */
    Text(boolean emptyIsUnset, Check check) {
      this.emptyIsUnset = emptyIsUnset;
      this.check = check;
    }

    @Override
    Object parse(List<String> args, Object current) throws BadValue {
      String fault = check.fault(args.getFirst());
      if (fault != null) {
        throw new BadValue(fault);
      }
      return args.getFirst();
    }

    @Override
    String format(Object value) {
      return (String) value;
    }

    @Override
    void rewrite(String name, Object value, Object byDefault, RewriteSink sink) {
      if (emptyIsUnset && value.equals("")) {
        sink.drop(name);
      } else {
        sink.line(name, name + " " + quote((String) value), !value.equals(byDefault));
      }
    }
  }
}
