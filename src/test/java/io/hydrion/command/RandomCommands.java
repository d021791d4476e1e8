package io.hydrion.command;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Draws commands out of forms such as {@code SET <k> <v> [NX|XX] [GET]}: brackets hold what may be
 * left out, bars part what to choose from, a plus repeats a word, names in angle brackets stand for
 * drawn words. Some commands are spoilt: a word is lost, doubled, or replaced by one that does not
 * belong.
 */
final class RandomCommands {
  private static final int SPOILT_IN_100 = 6;
  private static final int REPEATS_MAX = 4;

  private static final String[] FORMS = {
    "SET <k> <v> [NX|XX] [GET] [EX <sec>|PX <ms>|EXAT <at>|PXAT <atms>|KEEPTTL]",
    "SET <k> <v>",
    "SET <k> <v> GET",
    "GET <k>",
    "GETDEL <k>",
    "GETEX <k> [EX <sec>|PX <ms>|EXAT <at>|PXAT <atms>|PERSIST]",
    "GETEX <k> EXAT <past>",
    "GETSET <k> <v>",
    "GETRANGE <k> <i> <i>",
    "SUBSTR <k> <i> <i>",
    "SETRANGE <k> <start> <v>",
    "SETNX <k> <v>",
    "SETEX <k> <sec> <v>",
    "PSETEX <k> <ms> <v>",
    "APPEND <k> <v>",
    "STRLEN <k>",
    "INCR <k>",
    "DECR <k>",
    "INCRBY <k> <n>",
    "DECRBY <k> <n>",
    "INCRBYFLOAT <k> <f>",
    "MGET <k>+",
    "MSET <kv>+",
    "MSETNX <kv>+",
    "LCS <k> <k> [LEN|IDX] [MINMATCHLEN <i>] [WITHMATCHLEN]",
    "SETBIT <k> <off> <bit>",
    "GETBIT <k> <off>",
    "BITCOUNT <k> [<i> <i> [BYTE|BIT]]",
    "BITPOS <k> <bit> [<i> [<i> [BYTE|BIT]]]",
    "BITOP AND|OR|XOR|NOT <k> <k>+",
    "BITOP NOT <k> <k>",
    "BITFIELD <k> <field>+",
    "BITFIELD_RO <k> [GET <type> <boff>] [GET <type> <boff>]",
    "DEL <k>+",
    "UNLINK <k>+",
    "EXISTS <k>+",
    "TOUCH <k>+",
    "TYPE <k>",
    "EXPIRE <k> <sec> [NX|XX|GT|LT]",
    "PEXPIRE <k> <ms> [NX|XX|GT|LT]",
    "EXPIREAT <k> <at> [NX|XX|GT|LT]",
    "PEXPIREAT <k> <atms> [NX|XX|GT|LT]",
    "EXPIREAT <k> <past> [NX|XX|GT|LT]",
    "EXPIRE <k> -1 [XX|LT]",
    "PERSIST <k>",
    "TTL <k>",
    "PTTL <k>",
    "EXPIRETIME <k>",
    "PEXPIRETIME <k>",
    "RENAME <k> <k>",
    "RENAMENX <k> <k>",
    "COPY <k> <k> [DB <db>] [REPLACE]",
    "MOVE <k> <db>",
    "SELECT <db>",
    "SWAPDB <db> <db>",
    "KEYS <glob>",
    "SCAN 0 COUNT 1000 [MATCH <glob>] [TYPE string|list|nosuch]",
    "RANDOMKEY",
    "DBSIZE",
    "FLUSHDB [ASYNC|SYNC]",
    "FLUSHALL",
    "OBJECT ENCODING <k>",
    "OBJECT REFCOUNT <k>",
    "OBJECT IDLETIME <k>",
    "OBJECT FREQ <k>",
    "MEMORY USAGE <k> [SAMPLES <i>]",
    "MULTI",
    "MULTI",
    "EXEC",
    "EXEC",
    "EXEC",
    "DISCARD",
    "WATCH <k>+",
    "UNWATCH",
    "PING [<v>]",
    "ECHO <v>",
    "PUBLISH news <v>",
    "SPUBLISH {a}news <v>",
    "PUBSUB NUMSUB news other",
    "PUBSUB NUMPAT",
    "PUBSUB CHANNELS <glob>",
    "CLIENT SETNAME name|other|",
    "CLIENT GETNAME",
    "COMMAND GETKEYS MSET <kv>+",
    "COMMAND GETKEYSANDFLAGS SET <k> <v> [GET]",
    "COMMAND GETKEYSANDFLAGS BITFIELD <k> <field>+",
    "NOSUCH <k> <v>",
  };

  /**
   * Forms on collections. Their keys are mostly of one type each; what is unordered is compared so.
   */
  private static final String[] COLLECTION_FORMS = {
    "LPUSH|RPUSH|LPUSHX|RPUSHX <l> <m>+",
    "LPUSH|RPUSH <l> <m>+",
    "LPOP|RPOP <l> [<i>]",
    "LLEN <l>",
    "LINDEX <l> <i>",
    "LSET <l> <i> <m>",
    "LRANGE <l> <i> <i>",
    "LRANGE <l> 0 -1",
    "LINSERT <l> BEFORE|AFTER <m> <m>",
    "LREM <l> <i> <m>",
    "LTRIM <l> <i> <i>",
    "LPOS <l> <m> [RANK <i>] [COUNT <i>] [MAXLEN <i>]",
    "LMOVE <l> <l> LEFT|RIGHT LEFT|RIGHT",
    "RPOPLPUSH <l> <l>",
    "LMPOP 2 <l> <l> LEFT|RIGHT [COUNT <i>]",
    "RPUSH <o> <m>+",
    "LPUSH <o> <f>+",
    "LTRIM <o> 0 9",
    "SORT|SORT_RO <o> [BY nosort] [LIMIT <i> <i>] [GET #] [ASC|DESC] [ALPHA]",
    "SORT <o> [BY {a}n*] [LIMIT <i> <i>] [GET {a}n*] [ASC|DESC]",
    "SORT <o> ALPHA [LIMIT <i> <i>] [GET {a}n*] [ASC|DESC] STORE <l>",
    "HSET <h> <fv>+",
    "HSET <h> <fv>+",
    "HMSET <h> <fv>+",
    "HSETNX <h> <fv>",
    "HGET|HEXISTS|HSTRLEN <h> <m>",
    "HMGET <h> <m>+",
    "HDEL <h> <m>+",
    "HLEN <h>",
    "HGETALL|HKEYS|HVALS <h>",
    "HINCRBY <h> <m> <n>",
    "HINCRBYFLOAT <h> <m> <f>",
    "HRANDFIELD <h> [<i> [WITHVALUES]]",
    "HSCAN <h> 0 COUNT 1000 [MATCH <glob>]",
    "SADD <s> <m>+",
    "SADD <s> <int>+",
    "SADD <s> <m>+",
    "SREM <s> <m>+",
    "SCARD <s>",
    "SISMEMBER <s> <m>",
    "SMISMEMBER <s> <m>+",
    "SMEMBERS <s>",
    "SMOVE <s> <s> <m>",
    "SPOP <s> 1000",
    "SRANDMEMBER <s> [<i>]",
    "SINTER|SUNION|SDIFF <s>+",
    "SINTERSTORE|SUNIONSTORE|SDIFFSTORE <s> <s>+",
    "SINTERCARD 2 <s> <s> [LIMIT <i>]",
    "SSCAN <s> 0 COUNT 1000 [MATCH <glob>]",
    "ZADD <z> [NX|XX] [GT|LT] [CH] [INCR] <sm>+",
    "ZADD <z> <sm>+",
    "ZADD <z> <sm>+",
    "ZADD <y> <same>+",
    "ZADD <y> <same>+",
    "ZINCRBY <z> <score> <m>",
    "ZREM <z> <m>+",
    "ZCARD <z>",
    "ZCOUNT <z> <bound> <bound>",
    "ZLEXCOUNT <y> <lex> <lex>",
    "ZSCORE|ZRANK|ZREVRANK <z> <m>",
    "ZMSCORE <z> <m>+",
    "ZRANGE <z> <i> <i> [REV] [WITHSCORES]",
    "ZRANGE <z> 0 -1 WITHSCORES",
    "ZRANGE <z> <bound> <bound> BYSCORE [REV] [LIMIT <i> <i>] [WITHSCORES]",
    "ZRANGE <y> <lex> <lex> BYLEX [REV] [LIMIT <i> <i>]",
    "ZRANGESTORE <z> <z> <i> <i> [REV]",
    "ZRANGESTORE <z> <z> <bound> <bound> BYSCORE [LIMIT <i> <i>]",
    "ZRANGEBYSCORE|ZREVRANGEBYSCORE <z> <bound> <bound> [WITHSCORES] [LIMIT <i> <i>]",
    "ZRANGEBYLEX|ZREVRANGEBYLEX <y> <lex> <lex> [LIMIT <i> <i>]",
    "ZREVRANGE <z> <i> <i> [WITHSCORES]",
    "ZREMRANGEBYRANK <z> <i> <i>",
    "ZREMRANGEBYSCORE <z> <bound> <bound>",
    "ZREMRANGEBYLEX <y> <lex> <lex>",
    "ZPOPMIN|ZPOPMAX <z> [<i>]",
    "ZMPOP 2 <z> <z> MIN|MAX [COUNT <i>]",
    "ZRANDMEMBER <z> [<i> [WITHSCORES]]",
    "ZUNION|ZINTER 2 <z> <zs> [WEIGHTS <f> <f>] [AGGREGATE SUM|MIN|MAX] [WITHSCORES]",
    "ZDIFF 2 <z> <zs> [WITHSCORES]",
    "ZUNIONSTORE|ZINTERSTORE <z> 2 <z> <zs> [WEIGHTS <f> <f>] [AGGREGATE SUM|MIN|MAX]",
    "ZDIFFSTORE <z> 2 <z> <zs>",
    "ZINTERCARD 2 <z> <zs> [LIMIT <i>]",
    "ZSCAN <z> 0 COUNT 1000 [MATCH <glob>]",
    "PFADD <p> <m>+",
    "PFCOUNT <p>+",
    "PFMERGE <p> <p>+",
    "GEOADD <g> [NX|XX] [CH] <lonlat> <m>",
    "GEOPOS|GEOHASH <g> <m>+",
    "GEODIST <g> <m> <m> [m|km|ft|mi]",
    "GEOSEARCH <g> FROMMEMBER <m> BYRADIUS <i> km [ASC|DESC] [COUNT <i> [ANY]] [WITHDIST]"
        + " [WITHHASH]",
    "GEOSEARCH <g> FROMLONLAT <lonlat> BYBOX <i> <i> km ASC|DESC [COUNT <i>] [WITHCOORD]"
        + " [WITHDIST]",
    "GEOSEARCHSTORE <g> <g> FROMLONLAT <lonlat> BYRADIUS <i> km [STOREDIST]",
    "GEORADIUS <g> <lonlat> <i> km [WITHDIST] [ASC|DESC]",
    "GEORADIUSBYMEMBER_RO <g> <m> <i> mi [WITHHASH] [ASC|DESC]",
    "XADD <x> [NOMKSTREAM] [MAXLEN <i>|MAXLEN = <i>|MINID <id>] <id> <fv>+",
    "XADD <x> <id> <fv>+",
    "XLEN <x>",
    "XRANGE <x> <from> <to> [COUNT <i>]",
    "XREVRANGE <x> <to> <from> [COUNT <i>]",
    "XDEL <x> <id>+",
    "XTRIM <x> MAXLEN|MINID <i>",
    "XREAD [COUNT <i>] STREAMS <x> <id>",
    "XSETID <x> <id>",
    "XGROUP CREATE <x> g1|g2 <from>|$ [MKSTREAM]",
    "XGROUP SETID <x> g1|g2 <id>",
    "XGROUP DESTROY <x> g1|g2",
    "XGROUP CREATECONSUMER|DELCONSUMER <x> g1|g2 c1|c2",
    "XREADGROUP GROUP g1|g2 c1|c2 [COUNT <i>] [NOACK] STREAMS <x> >|0|<id>",
    "XACK <x> g1|g2 <id>+",
    "XPENDING <x> g1|g2",
    "XCLAIM <x> g1|g2 c1|c2 0 <id>+ [FORCE] [JUSTID]",
    "XAUTOCLAIM <x> g1|g2 c1|c2 0 <from>|0 [COUNT <i>] [JUSTID]",
    "XINFO GROUPS <x>",
    "DEL <any>",
    "TYPE <any>",
    "EXPIRE <any> <sec>",
    "PERSIST <any>",
    "RENAME <any> <any>",
    "COPY <any> <any> [DB <db>] [REPLACE]",
    "OBJECT ENCODING <any>",
    "OBJECT ENCODING <any>",
  };

  /** Drawn this many times less often than others: they leave too little to look at. */
  private static final int RARE = 30;

  private static final String[] KEYS = {
    "a",
    "b",
    "c",
    "d",
    "{a}1",
    "{a}2",
    "{a}3",
    "k:with:a:longer:name",
    "\u00ff\0 \r\n",
    "",
    "n1",
    "n2"
  };
  private static final String[] VALUES = {
    "",
    "0",
    "1",
    "-1",
    "7",
    "9999",
    "10000",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "3.5",
    "-0.1",
    "1e3",
    "1e400",
    " 1",
    "1 ",
    "01",
    "+1",
    "-0",
    "abc",
    "ohmytext",
    "mynewtext",
    "\u00ff\u00f0\0",
    "x".repeat(44),
    "y".repeat(45),
    "z".repeat(300),
    "nan",
    "inf",
    "12345678901234567890",
    "0.1",
    "5.0e3"
  };
  private static final String[] NUMBERS = {
    "0",
    "1",
    "-1",
    "2",
    "10",
    "-10",
    "100",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775806",
    "abc",
    "1.5",
    "",
    " 1",
    "9223372036854775808",
    "01"
  };
  private static final String[] FLOATS = {
    "0",
    "1",
    "-1",
    "0.1",
    "1.5",
    "-2.25",
    "1e2",
    "1e-5",
    "3.0000000000000000001",
    "1e17",
    "abc",
    "inf",
    "-inf",
    "nan",
    "1e5000",
    "0x10",
    " 1",
    "",
    "123456789.987654321",
    "1e300"
  };
  private static final String[] SCORES = {
    "0",
    "1",
    "2",
    "3",
    "-1",
    "1.5",
    "-2.25",
    "1e10",
    "inf",
    "-inf",
    "0.1",
    "100",
    "1e-7",
    "nan",
    "abc",
    "3.0000000000000004",
    "17",
    "12",
    "5",
    "-0"
  };
  private static final String[] SMALL = {
    "0", "1", "2", "3", "5", "8", "16", "44", "-1", "-2", "-3", "-8", "100", "-100", "1000"
  };
  private static final String[] SECONDS = {
    "0", "-5", "abc", "9223372036854775807", "9223372036854775", "1.5", ""
  };
  private static final String[] MILLIS = {
    "0", "-5", "abc", "9223372036854775807", "-9223372036854775808"
  };
  private static final String[] SECONDS_AT = {
    "4000000000", "5000000000", "4000000001", "0", "-5", "abc", "9223372036854775807"
  };
  private static final String[] MILLIS_AT = {
    "4000000000000", "5000000000000", "4000000000500", "0", "-5", "abc", "9223372036854775807"
  };
  private static final String[] PAST = {"1", "1000", "1500000000"};
  private static final String[] OFFSETS = {
    "0", "1", "7", "8", "9", "15", "31", "64", "100", "255", "-1", "abc", "4294967296"
  };
  private static final String[] BIT_OFFSETS = {
    "0",
    "1",
    "7",
    "#0",
    "#1",
    "#3",
    "8",
    "60",
    "100",
    "-1",
    "#-1",
    "abc",
    "4294967296",
    "#",
    "#99999999999"
  };
  private static final String[] TYPES = {
    "u1", "u4", "u7", "u8", "u16", "u31", "u32", "u63", "i1", "i5", "i8", "i16", "i32", "i63",
    "i64", "u64", "i65", "u0", "x8", "u", "8"
  };
  private static final String[] DATABASES = {
    "0", "0", "0", "1", "1", "2", "3", "15", "16", "-1", "abc", "4294967296"
  };
  private static final String[] GLOBS = {
    "*", "a*", "?", "{a}*", "{a}[12]", "*[^a]", "n[1-2]", "\\a", "", "[", "*:*:*", "nosuch*"
  };
  private static final String[] STRANGE = {
    "",
    "abc",
    "-1",
    "0",
    "9223372036854775808",
    "1.5",
    "NX",
    "XX",
    "GET",
    "LEN",
    "KEEPTTL",
    "EX",
    "DB",
    "SYNC",
    "1e5",
    " 1",
    "\0",
    "OVERFLOW",
    "BIT",
    "MATCH"
  };

  private static final String[] LONGITUDES_LATITUDES = {
    "13.361389 38.115556",
    "15.087269 37.502669",
    "-122.4 37.8",
    "179.9 -84",
    "-179.9 -84",
    "0 0",
    "13.5 38.2",
    "181 0",
    "0 86",
    "abc 1"
  };

  private final SplittableRandom random;
  private final boolean hasCollections;

  /**
   * @param hasCollections whether half of the commands are about collections
   */
  RandomCommands(SplittableRandom random, boolean hasCollections) {
    this.random = random;
    this.hasCollections = hasCollections;
  }

  String[] next() {
    String form = any(hasCollections && random.nextInt(8) > 0 ? COLLECTION_FORMS : FORMS);
    while ((form.startsWith("FLUSH") || form.startsWith("SWAPDB")) && random.nextInt(RARE) > 0) {
      form = any(FORMS);
    }
    List<String> words = new ArrayList<>();
    expand(form, words);
    if (random.nextInt(100) < SPOILT_IN_100 && words.size() > 1 && !isToldExactly(form)) {
      spoil(words);
    }
    for (int i = 0; i < words.size(); i++) {
      if (random.nextInt(20) == 0 && words.get(i).matches("[A-Z]+")) {
        words.set(i, words.get(i).toLowerCase(java.util.Locale.ROOT));
      }
    }
    return words.toArray(String[]::new);
  }

  /** A command of one of these forms, as it is. */
  String[] of(String[] forms) {
    List<String> words = new ArrayList<>();
    expand(any(forms), words);
    return words.toArray(String[]::new);
  }

  /**
   * Whether a word more means something in a newer Redis, a word less draws what is random, another
   * score leaves ranges by name undefined, or another cursor meets what the hashes say.
   */
  private static boolean isToldExactly(String form) {
    return form.startsWith("COMMAND")
        || form.contains("ZRANK")
        || form.startsWith("SPOP")
        || form.contains("SCAN ")
        || form.startsWith("ZADD <y>");
  }

  private void spoil(List<String> words) {
    int at = 1 + random.nextInt(words.size() - 1);
    switch (random.nextInt(3)) {
      case 0 -> words.remove(at);
      case 1 -> words.add(at, words.get(at));
      default -> words.set(at, any(STRANGE));
    }
  }

  private String any(String[] of) {
    return of[random.nextInt(of.length)];
  }

  /** Adds the words of a form; choices stand within brackets or are one word. */
  private void expand(String form, List<String> words) {
    int i = 0;
    while (i < form.length()) {
      if (form.charAt(i) == ' ') {
        i++;
      } else if (form.charAt(i) == '[') {
        int end = closing(form, i);
        if (random.nextInt(3) == 0) {
          expand(any(alternatives(form.substring(i + 1, end))), words);
        }
        i = end + 1;
      } else {
        int end = form.indexOf(' ', i) < 0 ? form.length() : form.indexOf(' ', i);
        word(form.substring(i, end), words);
        i = end;
      }
    }
  }

  private static int closing(String form, int open) {
    int depth = 0;
    for (int i = open; ; i++) {
      depth += form.charAt(i) == '[' ? 1 : form.charAt(i) == ']' ? -1 : 0;
      if (depth == 0) {
        return i;
      }
    }
  }

  /** Parts at the bars, where there are no inner brackets. */
  private static String[] alternatives(String form) {
    return form.indexOf('[') >= 0 ? new String[] {form} : form.split("\\|");
  }

  private void word(String word, List<String> words) {
    if (word.endsWith("+")) {
      for (int n = 1 + random.nextInt(REPEATS_MAX); n > 0; n--) {
        word(word.substring(0, word.length() - 1), words);
      }
    } else if (word.equals("<kv>")) {
      words.add(any(KEYS));
      words.add(any(VALUES));
    } else if (word.equals("<fv>")) {
      words.add(member());
      words.add(any(VALUES));
    } else if (word.equals("<sm>")) {
      words.add(any(SCORES));
      words.add(member());
    } else if (word.equals("<same>")) {
      words.add("0");
      words.add(member());
    } else if (word.equals("<lonlat>")) {
      words.addAll(List.of(any(LONGITUDES_LATITUDES).split(" ")));
    } else if (word.equals("<field>")) {
      field(words);
    } else {
      String chosen = any(word.split("\\|", -1));
      words.add(chosen.startsWith("<") ? drawn(chosen) : chosen);
    }
  }

  private void field(List<String> words) {
    switch (random.nextInt(4)) {
      case 0 -> expand("GET <type> <boff>", words);
      case 1 -> expand("SET <type> <boff> <n>", words);
      case 2 -> expand("INCRBY <type> <boff> <n>", words);
      default -> expand("OVERFLOW WRAP|SAT|FAIL", words);
    }
  }

  private String drawn(String name) {
    return switch (name) {
      case "<k>" -> any(KEYS);
      case "<v>" -> any(VALUES);
      case "<m>" -> member();
      case "<int>" -> Integer.toString(random.nextInt(70_000) - 500 >> random.nextInt(8));
      case "<score>" -> any(SCORES);
      case "<bound>" -> any(new String[] {"", "("}) + any(SCORES);
      case "<lex>" -> any(new String[] {"-", "+", "[" + member(), "(" + member(), "x"});
      case "<id>" -> id();
      case "<from>" -> any(new String[] {"-", id(), "(" + id()});
      case "<to>" -> any(new String[] {"+", id(), "(" + id()});
      case "<l>", "<h>", "<s>", "<z>", "<g>", "<x>", "<p>", "<y>", "<o>" -> keyOf(name.charAt(1));
      case "<zs>" -> keyOf(random.nextBoolean() ? 'z' : 's');
      case "<any>" -> keyOf("lhszgxp".charAt(random.nextInt(7)));
      case "<n>" -> any(NUMBERS);
      case "<f>" -> any(FLOATS);
      case "<i>" -> random.nextInt(25) == 0 ? any(NUMBERS) : any(SMALL);
      case "<sec>" -> random.nextInt(3) == 0 ? any(SECONDS) : span(1_000);
      case "<ms>" -> random.nextInt(3) == 0 ? any(MILLIS) : span(1_000_000);
      case "<short>" -> Integer.toString(1 + random.nextInt(60));
      case "<at>" -> any(SECONDS_AT);
      case "<atms>" -> any(MILLIS_AT);
      case "<past>" -> any(PAST);
      case "<off>" -> any(OFFSETS);
      case "<start>" -> random.nextInt(20) == 0 ? "536870912" : any(OFFSETS);
      case "<boff>" -> any(BIT_OFFSETS);
      case "<type>" -> any(TYPES);
      case "<bit>" -> random.nextInt(10) == 0 ? any(NUMBERS) : Integer.toString(random.nextInt(2));
      case "<db>" -> any(DATABASES);
      case "<glob>" -> any(GLOBS);
      default -> throw new IllegalArgumentException(name);
    };
  }

  /**
   * Mostly a key that holds values of a type; there are more of them than one. Those of type y are
   * sorted sets of one score only: else ranges by name mean nothing. Those of type o are lists
   * only: sets have no order before they are sorted.
   */
  private String keyOf(char type) {
    return type != 'y' && type != 'o' && random.nextInt(40) == 0
        ? any(KEYS)
        : any(new String[] {"", "{a}"}) + type + random.nextInt(3);
  }

  private String member() {
    return switch (random.nextInt(12)) {
      case 0 -> any(VALUES);
      case 1 -> "long".repeat(20) + random.nextInt(20);
      case 2 -> Integer.toString(random.nextInt(40));
      default -> "m" + random.nextInt(40);
    };
  }

  private String id() {
    return switch (random.nextInt(10)) {
      case 0 -> any(STRANGE).replace('*', '-'); // the clocks of two servers differ
      case 1 -> Integer.toString(random.nextInt(50));
      case 2 -> random.nextInt(50) + "-*";
      default -> random.nextInt(200) + "-" + random.nextInt(3);
    };
  }

  /** A time that neither passes during the test nor is as long as any other. */
  private String span(int least) {
    return Integer.toString(least + random.nextInt(1_000_000_000));
  }
}
