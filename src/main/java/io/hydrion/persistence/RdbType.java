package io.hydrion.persistence;

/** The kinds of values in the format, by the byte in front of them. */
final class RdbType {
  static final int STRING = 0;
  static final int LIST = 1;
  static final int SET = 2;
  static final int ZSET = 3;
  static final int HASH = 4;
  static final int ZSET_2 = 5;
  static final int MODULE = 6;
  static final int MODULE_2 = 7;
  private static final int NAMELESS = 8;
  static final int HASH_ZIPMAP = 9;
  static final int LIST_ZIPLIST = 10;
  static final int SET_INTSET = 11;
  static final int ZSET_ZIPLIST = 12;
  static final int HASH_ZIPLIST = 13;
  static final int LIST_QUICKLIST = 14;
  static final int STREAM_LISTPACKS = 15;
  static final int HASH_LISTPACK = 16;
  static final int ZSET_LISTPACK = 17;
  static final int LIST_QUICKLIST_2 = 18;
  static final int STREAM_LISTPACKS_2 = 19;
  static final int SET_LISTPACK = 20;
  static final int STREAM_LISTPACKS_3 = 21;
  static final int HASH_METADATA_DRAFT = 22;
  static final int HASH_LISTPACK_EX_DRAFT = 23;
  static final int HASH_METADATA = 24;
  static final int HASH_LISTPACK_EX = 25;

  /** Names in the order of the numbers, as redis-check-rdb has them. */
  private static final String[] NAMES = {
    "string",
    "list-linked",
    "set-hashtable",
    "zset-v1",
    "hash-hashtable",
    "zset-v2",
    "module-pre-release",
    "module-value",
    "",
    "hash-zipmap",
    "list-ziplist",
    "set-intset",
    "zset-ziplist",
    "hash-ziplist",
    "quicklist",
    "stream",
    "hash-listpack",
    "zset-listpack",
    "quicklist-v2",
    "stream-v2",
    "set-listpack",
    "stream-v3",
    "hash-hashtable-md-pre-release",
    "hash-listpack-md-pre-release",
    "hash-hashtable-md",
    "hash-listpack-md"
  };

  private RdbType() {}

  /** Whether a byte is the type of a value. */
  static boolean isKnown(int type) {
    return type >= 0 && type <= HASH_LISTPACK_EX && type != NAMELESS;
  }

  static String name(int type) {
    return type >= 0 && type < NAMES.length ? NAMES[type] : "";
  }
}
