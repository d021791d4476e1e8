package io.hydrion.config;

/** What is logged: a level and those after it. */
public enum LogLevel {
  DEBUG,
  VERBOSE,
  NOTICE,
  WARNING,
  NOTHING
}
