package io.hydrion.config;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * The mapping between bytes on the wire or in a file and strings, without loss: UTF-8 where the
 * bytes are UTF-8, and U+DC80 to U+DCFF for each byte that is not (the scheme of PEP 383). So a
 * password of any bytes survives, and a path reads as its author wrote it.
 */
public final class ConfigText {
  private static final int ESCAPE = 0xDC00;

  private ConfigText() {}

  /** The string of these bytes; {@link #encode} gives the same bytes back. */
  public static String decode(byte[] bytes) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      if (!result.isError()) {
        return out.flip().toString();
      }
      for (int i = result.length(); i > 0; i--) {
        out.put((char) (ESCAPE | (in.get() & 0xff)));
      }
      decoder.reset();
    }
  }

  /** The bytes of this string; a lone surrogate that stands for no byte becomes '?'. */
  public static byte[] encode(String text) {
    int i = 0;
    while (i < text.length() && !Character.isSurrogate(text.charAt(i))) {
      i++;
    }
    if (i == text.length()) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(text.length() + 16);
    for (i = 0; i < text.length(); ) {
      int codePoint = text.codePointAt(i);
      i += Character.charCount(codePoint);
      if (codePoint >= ESCAPE + 0x80 && codePoint <= ESCAPE + 0xff) {
        out.write(codePoint);
      } else {
        out.writeBytes(Character.toString(codePoint).getBytes(StandardCharsets.UTF_8));
      }
    }
    return out.toByteArray();
  }

  /** The string with one character a byte, which the line syntax is defined on. */
  static String toByteString(String text) {
    return new String(encode(text), StandardCharsets.ISO_8859_1);
  }

  static String fromByteString(String bytes) {
    return decode(bytes.getBytes(StandardCharsets.ISO_8859_1));
  }
}
