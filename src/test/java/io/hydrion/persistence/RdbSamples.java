package io.hydrion.persistence;

import io.hydrion.util.Bytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/** Makes database files of random values in all encodings, and knows what they say. */
final class RdbSamples {
  private static final int[] TYPES = {
    RdbType.STRING,
    RdbType.LIST,
    RdbType.SET,
    RdbType.ZSET,
    RdbType.HASH,
    RdbType.ZSET_2,
    RdbType.HASH_ZIPMAP,
    RdbType.LIST_ZIPLIST,
    RdbType.SET_INTSET,
    RdbType.ZSET_ZIPLIST,
    RdbType.HASH_ZIPLIST,
    RdbType.LIST_QUICKLIST,
    RdbType.STREAM_LISTPACKS,
    RdbType.HASH_LISTPACK,
    RdbType.ZSET_LISTPACK,
    RdbType.LIST_QUICKLIST_2,
    RdbType.STREAM_LISTPACKS_2,
    RdbType.SET_LISTPACK,
    RdbType.STREAM_LISTPACKS_3,
    RdbType.HASH_METADATA,
    RdbType.HASH_LISTPACK_EX,
    RdbType.HASH_METADATA_DRAFT,
    RdbType.HASH_LISTPACK_EX_DRAFT
  };

  private final Random random;

  /** As in {@link RdbContent#keys}. */
  final Map<String, String> expected = new TreeMap<>();

  /** No more elements than this are in a value. */
  int elementsMax = 300;

  /** Whether the entries of a stream have various numbers of fields. */
  boolean hasOddFields = true;

  private RdbOutput out = new RdbOutput(true);

  RdbSamples(Random random) {
    this.random = random;
  }

  /** A file of so many keys of random types. */
  byte[] file(int keys) {
    out = new RdbOutput(random.nextBoolean());
    byte[] magic = Bytes.of("REDIS0012");
    out.bytes(magic, 0, magic.length);
    int database = 0;
    for (int i = 0; i < keys; i++) {
      if (random.nextInt(8) == 0) {
        database = random.nextInt(RdbStore.DATABASES);
        out.u8(RdbOpcode.DATABASE);
        out.length(database);
      }
      key(database + ":", "key" + i, TYPES[random.nextInt(TYPES.length)]);
    }
    out.u8(RdbOpcode.END);
    out.int64(Crc64.update(0, out.array(), 0, out.size()));
    return Bytes.copy(out.array(), 0, out.size());
  }

  private void key(String database, String name, int type) {
    String head = "";
    if (random.nextInt(4) == 0) {
      long at = 1 + random.nextLong(1L << 42);
      out.u8(RdbOpcode.EXPIRY_MS);
      out.int64(at);
      head = "expires " + at + " ";
    } else if (random.nextInt(8) == 0) {
      int at = random.nextInt(Integer.MAX_VALUE);
      out.u8(RdbOpcode.EXPIRY);
      out.int32(at);
      head = "expires " + at * 1000L + " ";
    }
    out.u8(type);
    string(name);
    expected.put(database + name, head + value(type));
  }

  private void string(String text) {
    byte[] a = Bytes.of(text);
    out.string(a, 0, a.length);
  }

  private void packed(byte[] a) {
    out.string(a, 0, a.length);
  }

  String word() {
    return switch (random.nextInt(9)) {
      case 0 -> Long.toString(random.nextLong() >> random.nextInt(64));
      case 1 -> Integer.toString(random.nextInt(-5, 20));
      case 2 -> "";
      case 3 -> "x".repeat(random.nextInt(200));
      case 4 -> "y".repeat(random.nextInt(30)) + "\u0000\u00ff\r\n" + random.nextInt(99);
      case 5 -> random.nextInt(20) == 0 ? noise(random.nextInt(100_000)) : "z";
      case 6 -> noise(random.nextInt(100));
      default -> "word" + random.nextInt(100_000);
    };
  }

  private String noise(int n) {
    byte[] a = new byte[n];
    random.nextBytes(a);
    return Bytes.string(a);
  }

  private List<String> words(int max) {
    List<String> words = new ArrayList<>();
    for (int n = 1 + random.nextInt(Math.min(max, elementsMax)); n > 0; n--) {
      words.add(word());
    }
    return words;
  }

  private List<String> distinct(int max) {
    List<String> words = new ArrayList<>(new TreeSet<>(words(max)));
    Collections.shuffle(words, random);
    return words;
  }

  private String value(int type) {
    switch (type) {
      case RdbType.STRING:
        String text = word();
        string(text);
        return "string[" + text + "]";
      case RdbType.LIST, RdbType.LIST_ZIPLIST, RdbType.LIST_QUICKLIST, RdbType.LIST_QUICKLIST_2:
        return list(type);
      case RdbType.SET, RdbType.SET_LISTPACK, RdbType.SET_INTSET:
        return set(type);
      case RdbType.ZSET, RdbType.ZSET_2, RdbType.ZSET_ZIPLIST, RdbType.ZSET_LISTPACK:
        return sortedSet(type);
      case RdbType.STREAM_LISTPACKS, RdbType.STREAM_LISTPACKS_2, RdbType.STREAM_LISTPACKS_3:
        return stream(type);
      default:
        return hash(type);
    }
  }

  private String list(int type) {
    List<String> words = words(300);
    switch (type) {
      case RdbType.LIST -> {
        out.length(words.size());
        words.forEach(this::string);
      }
      case RdbType.LIST_ZIPLIST -> packed(ziplist(words));
      default -> quicklist(words, type == RdbType.LIST_QUICKLIST_2);
    }
    return "list" + words;
  }

  private void quicklist(List<String> words, boolean hasKinds) {
    List<List<String>> nodes = new ArrayList<>();
    for (int i = 0; i < words.size(); ) {
      int n = Math.min(words.size() - i, 1 + random.nextInt(50));
      nodes.add(words.subList(i, i + n));
      i += n;
    }
    out.length(nodes.size());
    for (List<String> node : nodes) {
      if (!hasKinds) {
        packed(ziplist(node));
      } else if (node.size() == 1 && !node.getFirst().isEmpty() && random.nextBoolean()) {
        out.length(1);
        byte[] a = Bytes.of(node.getFirst());
        out.length(a.length); // never a number here
        out.bytes(a, 0, a.length);
      } else {
        out.length(2);
        listpack(node);
      }
    }
  }

  private String set(int type) {
    if (type == RdbType.SET_INTSET) {
      TreeSet<Long> numbers = new TreeSet<>();
      int width = 2 << random.nextInt(3);
      for (int n = 1 + random.nextInt(elementsMax); n > 0; n--) {
        numbers.add(random.nextLong() >> 64 - 8 * width);
      }
      RdbOutput set = new RdbOutput(false);
      set.int32(width);
      set.int32(numbers.size());
      for (long n : numbers) {
        if (width == 2) {
          set.int16((int) n);
        } else if (width == 4) {
          set.int32((int) n);
        } else {
          set.int64(n);
        }
      }
      out.string(set.array(), 0, set.size());
      return "set" + numbers.stream().map(Object::toString).sorted().toList();
    }
    List<String> members = distinct(300);
    if (type == RdbType.SET) {
      out.length(members.size());
      members.forEach(this::string);
    } else {
      listpack(members);
    }
    return "set" + members.stream().sorted().toList();
  }

  private String sortedSet(int type) {
    List<String> members = distinct(300);
    List<String> pairs = new ArrayList<>();
    List<String> said = new ArrayList<>();
    boolean isPacked = type == RdbType.ZSET_LISTPACK || type == RdbType.ZSET_ZIPLIST;
    if (!isPacked) {
      out.length(members.size());
    }
    for (String member : members) {
      double score =
          switch (random.nextInt(5)) {
            case 0 -> random.nextInt(1000);
            case 1 -> Double.POSITIVE_INFINITY;
            case 2 -> Double.NEGATIVE_INFINITY;
            default -> random.nextGaussian() * 1e9;
          };
      String text = text(score);
      said.add(member + " " + score);
      if (isPacked) {
        pairs.add(member);
        pairs.add(text);
        continue;
      }
      string(member);
      if (type == RdbType.ZSET_2) {
        out.binaryDouble(score);
      } else if (Double.isInfinite(score)) {
        out.u8(score > 0 ? 254 : 255);
      } else {
        byte[] a = Bytes.of(text);
        out.u8(a.length);
        out.bytes(a, 0, a.length);
      }
    }
    if (type == RdbType.ZSET_LISTPACK) {
      listpack(pairs);
    } else if (isPacked) {
      packed(ziplist(pairs));
    }
    return "zset" + said.stream().sorted().toList();
  }

  private static String text(double score) {
    return Double.isInfinite(score)
        ? score > 0 ? "inf" : "-inf"
        : score == (long) score ? Long.toString((long) score) : Double.toString(score);
  }

  private String hash(int type) {
    boolean isDraft = type == RdbType.HASH_METADATA_DRAFT || type == RdbType.HASH_LISTPACK_EX_DRAFT;
    boolean hasExpiries =
        isDraft || type == RdbType.HASH_METADATA || type == RdbType.HASH_LISTPACK_EX;
    boolean isPlain =
        type == RdbType.HASH
            || type == RdbType.HASH_METADATA
            || type == RdbType.HASH_METADATA_DRAFT;
    List<String> fields = distinct(300);
    List<String> said = new ArrayList<>();
    List<String> pack = new ArrayList<>();
    long earliest = 1_000_000;
    if (hasExpiries && !isDraft) {
      out.int64(earliest);
    }
    if (isPlain) {
      out.length(fields.size());
    }
    for (String field : fields) {
      String value = word();
      long at = hasExpiries && random.nextBoolean() ? earliest + random.nextInt(1 << 30) : 0;
      said.add(field + "=" + value + (at == 0 ? "" : " until " + at));
      if (isPlain) {
        if (hasExpiries) {
          out.length(at == 0 || isDraft ? at : at - earliest + 1);
        }
        string(field);
        string(value);
      } else {
        pack.add(field);
        pack.add(value);
        if (hasExpiries) {
          pack.add(Long.toString(at));
        }
      }
    }
    switch (type) {
      case RdbType.HASH_ZIPMAP -> packed(zipmap(pack));
      case RdbType.HASH_ZIPLIST -> packed(ziplist(pack));
      case RdbType.HASH_LISTPACK, RdbType.HASH_LISTPACK_EX, RdbType.HASH_LISTPACK_EX_DRAFT ->
          listpack(pack);
      default -> {}
    }
    return "hash" + said.stream().sorted().toList();
  }

  private void listpack(List<String> words) {
    ListpackWriter pack = new ListpackWriter();
    pack.begin();
    for (String word : words) {
      byte[] a = Bytes.of(word);
      pack.text(a, 0, a.length);
    }
    pack.writeTo(out);
  }

  private byte[] zipmap(List<String> words) {
    RdbOutput map = new RdbOutput(false);
    map.u8(words.size() < 508 ? words.size() / 2 : 254);
    boolean isValue = false;
    for (String word : words) {
      byte[] a = Bytes.of(word);
      if (a.length < 254) {
        map.u8(a.length);
      } else {
        map.u8(254);
        map.int32(a.length);
      }
      int free = isValue ? random.nextInt(4) : 0;
      if (isValue) {
        map.u8(free);
      }
      map.bytes(a, 0, a.length);
      map.bytes(new byte[4], 0, free);
      isValue = !isValue;
    }
    map.u8(0xff);
    return Bytes.copy(map.array(), 0, map.size());
  }

  private static byte[] ziplist(List<String> words) {
    RdbOutput list = new RdbOutput(false);
    list.int32(0);
    list.int32(0);
    list.int16(Math.min(0xffff, words.size()));
    int previous = 0;
    int last = list.size();
    for (String word : words) {
      last = list.size();
      if (previous < 254) {
        list.u8(previous);
      } else {
        list.u8(254);
        list.int32(previous);
      }
      element(list, Bytes.of(word));
      previous = list.size() - last;
    }
    list.u8(0xff);
    byte[] a = Bytes.copy(list.array(), 0, list.size());
    Bytes.putInt(a, 0, a.length);
    Bytes.putInt(a, 4, last);
    return a;
  }

  private static void element(RdbOutput list, byte[] a) {
    if (a.length <= Bytes.LONG_TEXT_MAX && Bytes.isLong(a, 0, a.length)) {
      long n = Bytes.parseLong(a, 0, a.length);
      if (n >= 0 && n <= 12) {
        list.u8(0xf1 + (int) n);
      } else if (n == (byte) n) {
        list.u8(0xfe);
        list.u8((int) n);
      } else if (n == (short) n) {
        list.u8(0xc0);
        list.int16((int) n);
      } else if (n >= -(1 << 23) && n < 1 << 23) {
        list.u8(0xf0);
        list.int16((int) n);
        list.u8((int) (n >> 16));
      } else if (n == (int) n) {
        list.u8(0xd0);
        list.int32((int) n);
      } else {
        list.u8(0xe0);
        list.int64(n);
      }
      return;
    }
    if (a.length < 1 << 6) {
      list.u8(a.length);
    } else if (a.length < 1 << 14) {
      list.u8(0x40 | a.length >> 8);
      list.u8(a.length);
    } else {
      list.u8(0x80);
      list.int32(Integer.reverseBytes(a.length));
    }
    list.bytes(a, 0, a.length);
  }

  /** Nodes of up to 10 entries, some deleted, and groups in which some are pending. */
  private String stream(int type) {
    List<String> said = new ArrayList<>();
    List<long[]> ids = new ArrayList<>();
    int nodes = random.nextInt(5);
    long ms = 1 + random.nextInt(1000);
    out.length(nodes);
    for (int i = 0; i < nodes; i++) {
      ms += random.nextInt(100_000) + 20;
      node(ms, said, ids);
    }
    long[] first = ids.isEmpty() ? new long[2] : ids.getFirst();
    long[] last = ids.isEmpty() ? new long[] {ms, 5} : ids.getLast();
    long added = ids.size() + random.nextInt(100);
    out.length(ids.size());
    id(last);
    boolean isOld = type == RdbType.STREAM_LISTPACKS;
    long[] deleted = isOld ? new long[2] : new long[] {first[0], 0};
    if (!isOld) {
      id(first);
      id(deleted);
      out.length(added);
    }
    String state =
        new ValueSink.StreamState(
                ids.size(),
                last[0],
                last[1],
                first[0],
                first[1],
                deleted[0],
                deleted[1],
                isOld ? ids.size() : added)
            .toString();
    List<String> groups = new ArrayList<>();
    int count = isOld ? 0 : random.nextInt(4);
    out.length(count);
    for (int i = 0; i < count; i++) {
      group("g" + i, type, ids, last, groups);
    }
    Collections.sort(groups);
    return "stream" + said + state + groups;
  }

  private void id(long[] id) {
    out.length(id[0]);
    out.length(id[1]);
  }

  private void node(long ms, List<String> said, List<long[]> ids) {
    out.length(16);
    out.int64(Long.reverseBytes(ms));
    out.int64(0);
    ListpackWriter pack = new ListpackWriter();
    pack.begin();
    int entries = 1 + random.nextInt(10);
    boolean[] isDeleted = new boolean[entries];
    int deleted = 0;
    for (int i = 0; i < entries; i++) {
      isDeleted[i] = random.nextInt(4) == 0;
      deleted += isDeleted[i] ? 1 : 0;
    }
    pack.number(entries - deleted);
    pack.number(deleted);
    pack.number(2);
    text(pack, "a");
    text(pack, "b");
    pack.number(0);
    for (int i = 0; i < entries; i++) {
      boolean isSame = random.nextBoolean();
      pack.number((isSame ? 2 : 0) | (isDeleted[i] ? 1 : 0));
      pack.number(i / 3);
      pack.number(i);
      List<String> words = new ArrayList<>();
      if (isSame) {
        words.addAll(List.of("a", word(), "b", word()));
        text(pack, words.get(1));
        text(pack, words.get(3));
        pack.number(5);
      } else {
        int fields = hasOddFields ? 1 + random.nextInt(4) : 2;
        pack.number(fields);
        for (int k = 0; k < fields; k++) {
          words.addAll(List.of(k + word(), word()));
          text(pack, words.get(2 * k));
          text(pack, words.get(2 * k + 1));
        }
        pack.number(4 + 2 * fields);
      }
      if (!isDeleted[i]) {
        ids.add(new long[] {ms + i / 3, i});
        said.add(ms + i / 3 + "-" + i + " " + String.join(" ", words));
      }
    }
    pack.writeTo(out);
  }

  private static void text(ListpackWriter pack, String word) {
    byte[] a = Bytes.of(word);
    pack.text(a, 0, a.length);
  }

  private void group(String name, int type, List<long[]> ids, long[] last, List<String> groups) {
    List<List<Integer>> owned = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      owned.add(new ArrayList<>());
    }
    List<Integer> pending = new ArrayList<>();
    for (int i = 0; i < ids.size() && !owned.isEmpty(); i++) {
      if (random.nextBoolean()) {
        pending.add(i);
        owned.get(random.nextInt(owned.size())).add(i);
      }
    }
    string(name);
    id(last);
    long read = random.nextInt(100);
    out.length(read);
    groups.add("group " + name + " " + last[0] + "-" + last[1] + " " + read);
    out.length(pending.size());
    for (int i : pending) {
      rawId(ids.get(i));
      out.int64(1000 + i);
      out.length(i + 1);
    }
    out.length(owned.size());
    for (int c = 0; c < owned.size(); c++) {
      string("consumer" + c);
      out.int64(77);
      if (type == RdbType.STREAM_LISTPACKS_3) {
        out.int64(88);
      }
      String consumer = "group " + name + " consumer consumer" + c;
      groups.add(consumer + " 77");
      out.length(owned.get(c).size());
      for (int i : owned.get(c)) {
        rawId(ids.get(i));
        String id = ids.get(i)[0] + "-" + ids.get(i)[1];
        groups.add(consumer + " pending " + id + " " + (1000 + i) + " " + (i + 1));
      }
    }
  }

  private void rawId(long[] id) {
    out.int64(Long.reverseBytes(id[0]));
    out.int64(Long.reverseBytes(id[1]));
  }
}
