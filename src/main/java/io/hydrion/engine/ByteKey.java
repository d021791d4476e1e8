package io.hydrion.engine;

import io.hydrion.util.Bytes;
import java.util.Arrays;

/** Bytes as a key of maps: a channel, a pattern. The bytes must not be changed. */
public record ByteKey(byte[] bytes) {
  @Override
  public boolean equals(Object other) {
    return other instanceof ByteKey that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return Bytes.string(bytes);
  }
}
