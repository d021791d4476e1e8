package io.hydrion.util;

import java.util.random.RandomGenerator;

/** Lets several threads draw from one source of random numbers. */
public final class SharedRandom implements RandomGenerator {
  private final RandomGenerator source;

  public SharedRandom(RandomGenerator source) {
    this.source = source;
  }

  @Override
  public synchronized long nextLong() {
    return source.nextLong();
  }

  @Override
  public synchronized long nextLong(long bound) {
    return source.nextLong(bound);
  }

  @Override
  public synchronized int nextInt() {
    return source.nextInt();
  }

  @Override
  public synchronized int nextInt(int bound) {
    return source.nextInt(bound);
  }
}
