package io.hydrion.command;

import io.hydrion.util.Clock;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until it is moved. */
public final class ManualClock implements Clock {
  private final AtomicLong micros = new AtomicLong(1_700_000_000_000_000L);

  public void advanceMillis(long millis) {
    micros.addAndGet(millis * 1000);
  }

  @Override
  public long millis() {
    return micros.get() / 1000;
  }

  @Override
  public long micros() {
    return micros.get();
  }

  @Override
  public long nanos() {
    return micros.get() * 1000;
  }
}
