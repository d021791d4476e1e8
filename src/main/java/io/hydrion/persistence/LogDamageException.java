package io.hydrion.persistence;

import java.io.IOException;

/** A log that must not be loaded as it is. */
public final class LogDamageException extends IOException {
  private static final long serialVersionUID = 1;

  private final String file;
  private final long offset;
  private final boolean canBeCut;

  /**
   * @param file the file's name
   * @param offset the first byte that cannot be trusted; -1 where none is to blame
   * @param text for the administrator
   */
  public LogDamageException(String file, long offset, String text) {
    this(file, offset, false, text);
  }

  LogDamageException(String file, long offset, boolean canBeCut, String text) {
    super(text);
    this.file = file;
    this.offset = offset;
    this.canBeCut = canBeCut;
  }

  public String file() {
    return file;
  }

  public long offset() {
    return offset;
  }

  /** Whether the log can be loaded when it is made to end at the offset. */
  public boolean canBeCut() {
    return canBeCut;
  }
}
