package io.hydrion.util;

/**
 * Waits that must come to their end: an interrupt that comes meanwhile is passed on when they have.
 */
public final class Uninterrupted {
  private Uninterrupted() {}

  /** Something that waits. */
  @FunctionalInterface
  public interface Wait {
    void run() throws InterruptedException;
  }

  /** Something that waits for a result. */
  @FunctionalInterface
  public interface WaitFor<T> {
    T get() throws InterruptedException;
  }

  /** Waits, and starts anew when interrupted. */
  public static void run(Wait wait) {
    Object unused =
        get(
            () -> {
              wait.run();
              return wait;
            });
  }

  /** Waits for a result, and starts anew when interrupted. */
  public static <T> T get(WaitFor<T> wait) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return wait.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
