package io.hydrion.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Replies as raw bytes: where they end, their elements, and how a reader is shown them. */
final class RawReply {
  private static final int INCOMPLETE = -1;
  private static final int SHOWN_MAX = 400;
  private static final int SHOWN_BEFORE = 80;

  private RawReply() {}

  /** How many bytes the reply has that begins at an offset; -1 when it has not come whole. */
  static int length(byte[] bytes, int at, int end) {
    int next = end(bytes, at, end);
    return next < 0 ? INCOMPLETE : next - at;
  }

  private static int end(byte[] bytes, int at, int end) {
    int line = at;
    while (line < end && bytes[line] != '\n') {
      line++;
    }
    if (line >= end) {
      return INCOMPLETE;
    }
    int next = line + 1;
    char type = (char) bytes[at];
    if ("$=!*~>%|".indexOf(type) < 0) {
      return next;
    }
    int count = Integer.parseInt(new String(bytes, at + 1, line - at - 2, ISO_8859_1));
    if ("$=!".indexOf(type) >= 0) {
      int last = count < 0 ? next : next + count + 2;
      return last <= end ? last : INCOMPLETE;
    }
    int elements = type == '%' || type == '|' ? 2 * count : count;
    for (int i = 0; i < elements && next >= 0; i++) {
      next = next < end ? end(bytes, next, end) : INCOMPLETE;
    }
    return next;
  }

  /** The elements of an array, set or push, the keys and values of a map. */
  static List<String> elements(String reply) {
    byte[] bytes = reply.getBytes(ISO_8859_1);
    List<String> all = new ArrayList<>();
    for (int at = reply.indexOf('\n') + 1; at < bytes.length; ) {
      int next = end(bytes, at, bytes.length);
      all.add(reply.substring(at, next));
      at = next;
    }
    return all;
  }

  static boolean isAggregate(String reply) {
    return !reply.isEmpty() && "*~>%".indexOf(reply.charAt(0)) >= 0;
  }

  /** The same reply with the elements of all arrays in an order of their own. */
  static String sorted(String reply) {
    if (!isAggregate(reply)) {
      return reply;
    }
    List<String> all = new ArrayList<>(elements(reply).stream().map(RawReply::sorted).toList());
    if (reply.charAt(0) == '%') {
      for (int i = 1; i < all.size(); i++) {
        all.set(i - 1, all.get(i - 1) + all.remove(i));
      }
    }
    Collections.sort(all);
    return reply.substring(0, reply.indexOf('\n') + 1) + String.join("", all);
  }

  /** What can be said of a reply that varies: its type, whether it is null, an error's code. */
  static String kind(String reply) {
    if (reply.startsWith("-") || reply.startsWith("(")) {
      return reply.split("[ \r]")[0];
    }
    return reply.startsWith("-1", 1) && reply.charAt(0) != ':'
        ? "null"
        : reply.substring(0, Math.min(1, reply.length()));
  }

  /** Two replies under each other, from shortly before their first difference on. */
  static String contrast(String theirs, String ours) {
    int from = Math.max(0, mismatch(theirs, ours) - SHOWN_BEFORE);
    return "\n  Redis:   " + shown(theirs, from) + "\n  Hydrion: " + shown(ours, from);
  }

  private static int mismatch(String a, String b) {
    int i = 0;
    while (i < a.length() && i < b.length() && a.charAt(i) == b.charAt(i)) {
      i++;
    }
    return i;
  }

  /** Bytes as a reader can see them. */
  static String shown(String reply, int from) {
    StringBuilder text = new StringBuilder(from == 0 ? "" : "… ");
    int to = Math.min(reply.length(), from + SHOWN_MAX);
    for (int i = from; i < to; i++) {
      char c = reply.charAt(i);
      switch (c) {
        case '\r' -> text.append("\\r");
        case '\n' -> text.append("\\n");
        case '\\' -> text.append("\\\\");
        default -> {
          if (c >= ' ' && c < 127) {
            text.append(c);
          } else {
            text.append(String.format("\\x%02x", (int) c));
          }
        }
      }
    }
    return text.append(to == reply.length() ? "" : " …").toString();
  }
}
