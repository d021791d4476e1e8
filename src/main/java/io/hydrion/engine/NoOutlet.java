package io.hydrion.engine;

/** The outlet of the server's own client, to whom nobody listens. */
final class NoOutlet implements Outlet {
  @Override
  public void send(byte[] bytes) {}

  @Override
  public void close(boolean gently) {}

  @Override
  public void resume() {}

  @Override
  public long pendingBytes() {
    return 0;
  }

  @Override
  public void execute(Runnable task) {}
}
