package io.hydrion.config;

/** Who may use a guarded part of the server. */
public enum ProtectedAction {
  NO,
  YES,
  LOCAL;

  /** Whether a client may, which is local when it came through loopback or a Unix socket. */
  public boolean allows(boolean localClient) {
    return this == YES || (this == LOCAL && localClient);
  }
}
