package io.hydrion.engine;

import java.util.function.BooleanSupplier;

/** One client's subscription to one name; true as long as it lasts. */
final class Subscription implements BooleanSupplier {
  private volatile boolean active = true;

  void end() {
    active = false;
  }

  @Override
  public boolean getAsBoolean() {
    return active;
  }
}
