package io.hydrion.persistence;

/** What stands between the values of a database file, by the byte in front of it. */
final class RdbOpcode {
  static final int SLOT_INFO = 244;
  static final int FUNCTION_2 = 245;
  static final int FUNCTION = 246;
  static final int MODULE_AUX = 247;
  static final int IDLE = 248;
  static final int FREQUENCY = 249;
  static final int AUX = 250;
  static final int SIZES = 251;
  static final int EXPIRY_MS = 252;
  static final int EXPIRY = 253;
  static final int DATABASE = 254;
  static final int END = 255;

  private RdbOpcode() {}
}
