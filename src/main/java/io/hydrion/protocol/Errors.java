package io.hydrion.protocol;

/** The error replies that more than one command gives, in Redis's words. */
public final class Errors {
  public static final String SYNTAX = "ERR syntax error";
  public static final String NOT_INTEGER = "ERR value is not an integer or out of range";
  public static final String NOT_INT =
      "ERR value is out of range, value must between -2147483648 and 2147483647";
  public static final String NOT_POSITIVE = "ERR value is out of range, must be positive";
  public static final String TIMEOUT_NOT_INTEGER = "ERR timeout is not an integer or out of range";
  public static final String TIMEOUT_NOT_FLOAT = "ERR timeout is not a float or out of range";
  public static final String TIMEOUT_NEGATIVE = "ERR timeout is negative";
  public static final String NOT_FLOAT = "ERR value is not a valid float";
  public static final String WRONG_TYPE =
      "WRONGTYPE Operation against a key holding the wrong kind of value";
  public static final String NO_SUCH_KEY = "ERR no such key";
  public static final String OUT_OF_MEMORY =
      "OOM command not allowed when used memory > 'maxmemory'.";
  public static final String NO_AUTH = "NOAUTH Authentication required.";
  public static final String NO_REPLICAS = "NOREPLICAS Not enough good replicas to write.";
  public static final String CANNOT_SAVE =
      "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to"
          + " disk. Commands that may modify the data set are disabled, because this instance is"
          + " configured to report errors during writes if RDB snapshotting fails"
          + " (stop-writes-on-bgsave-error option). Please check the Redis logs for details about"
          + " the RDB error.";
  public static final String LOADING = "LOADING Redis is loading the dataset in memory";
  public static final String DB_INDEX = "ERR DB index is out of range";
  public static final String SAME_OBJECT = "ERR source and destination objects are the same";
  public static final String STRING_TOO_LONG =
      "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
  public static final String OVERFLOW = "ERR increment or decrement would overflow";
  public static final String EXEC_ABORT =
      "EXECABORT Transaction discarded because of previous errors.";

  private Errors() {}

  public static String wrongArity(String command) {
    return "ERR wrong number of arguments for '" + command + "' command";
  }

  public static String invalidExpire(String command) {
    return "ERR invalid expire time in '" + command + "' command";
  }
}
