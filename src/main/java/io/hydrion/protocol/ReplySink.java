package io.hydrion.protocol;

/** Takes the bytes of a {@link RespWriter} that has no more room for them. */
@FunctionalInterface
public interface ReplySink {
  /** Takes {@code length} bytes from the start of {@code bytes}, which the caller will reuse. */
  void take(byte[] bytes, int length);
}
