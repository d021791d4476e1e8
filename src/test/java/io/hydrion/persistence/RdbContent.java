package io.hydrion.persistence;

import io.hydrion.store.Partition;
import io.hydrion.util.ByteRanges;
import io.hydrion.util.Bytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a database file says, as text in one form, whatever the encodings were. */
final class RdbContent implements RdbFileSink, ValueSink {
  /** The value of each key, by the number of its database, a colon and its name. */
  final Map<String, String> keys = new TreeMap<>();

  final Map<String, String> notes = new TreeMap<>();
  final List<String> functions = new ArrayList<>();
  final List<String> modules = new ArrayList<>();
  final List<String> sizes = new ArrayList<>();
  int dropped;
  private String key = "";
  private String head = "";
  private String kind = "";
  private final List<String> elements = new ArrayList<>();
  private final List<String> groups = new ArrayList<>();
  private String state = "";
  private String group = "";
  private String consumer = "";

  static RdbContent of(byte[] file) throws IOException {
    return of(file, Integer.MAX_VALUE);
  }

  static RdbContent of(byte[] file, int atOnce) throws IOException {
    return of(file, atOnce, RdbInput.WINDOW);
  }

  static RdbContent of(byte[] file, int atOnce, int window) throws IOException {
    RdbContent content = new RdbContent();
    new RdbFileReader(MemoryFile.input(file, atOnce), true, window).read(content);
    return content;
  }

  private static String text(RdbString s) {
    return Bytes.string(s.bytes(), s.offset(), s.length());
  }

  @Override
  public ValueSink beginKey(
      int database, RdbString name, long expireAt, long idleSeconds, int frequency) {
    key = database + ":" + text(name);
    head =
        (expireAt == Partition.NEVER ? "" : "expires " + expireAt + " ")
            + (idleSeconds < 0 ? "" : "idle " + idleSeconds + " ")
            + (frequency < 0 ? "" : "frequency " + frequency + " ");
    kind = "";
    elements.clear();
    groups.clear();
    state = "";
    return this;
  }

  @Override
  public void endKey() {
    if (kind.equals("set") || kind.equals("zset") || kind.equals("hash")) {
      Collections.sort(elements);
    }
    Collections.sort(groups);
    keys.put(key, head + kind + elements + (kind.equals("stream") ? state + groups : ""));
  }

  @Override
  public void dropKey() {
    dropped++;
  }

  @Override
  public void function(RdbString code) {
    functions.add(text(code));
  }

  @Override
  public void note(RdbString name, RdbString value) {
    notes.put(text(name), text(value));
  }

  @Override
  public void sizes(int database, long count, long expiring) {
    sizes.add(database + ":" + count + "/" + expiring);
  }

  @Override
  public void moduleNote(String module) {
    modules.add(module);
  }

  private void add(String of, String element) {
    kind = of;
    elements.add(element);
  }

  @Override
  public void string(RdbString value) {
    add("string", text(value));
  }

  @Override
  public void listElement(RdbString element) {
    add("list", text(element));
  }

  @Override
  public void setMember(RdbString member) {
    add("set", text(member));
  }

  @Override
  public void sortedSetMember(RdbString member, double score) {
    add("zset", text(member) + " " + score);
  }

  @Override
  public void hashField(RdbString field, RdbString value, long expireAt) {
    String until = expireAt == Partition.NEVER ? "" : " until " + expireAt;
    add("hash", text(field) + "=" + text(value) + until);
  }

  @Override
  public void streamEntry(long ms, long seq, ByteRanges words, int count) {
    StringBuilder entry = new StringBuilder(ms + "-" + seq);
    for (int i = 0; i < count; i++) {
      entry.append(' ').append(Bytes.string(words.bytes(), words.offset(i), words.length(i)));
    }
    add("stream", entry.toString());
  }

  @Override
  public void stream(StreamState state) {
    kind = "stream";
    this.state = state.toString();
  }

  @Override
  public void streamGroup(RdbString name, long lastMs, long lastSeq, long entriesRead) {
    group = "group " + text(name);
    groups.add(group + " " + lastMs + "-" + lastSeq + " " + entriesRead);
  }

  @Override
  public void streamConsumer(RdbString name, long seenAt, long activeAt) {
    consumer = group + " consumer " + text(name);
    groups.add(consumer + " " + seenAt);
  }

  @Override
  public void streamPending(long ms, long seq, long deliveredAt, long deliveries) {
    groups.add(consumer + " pending " + ms + "-" + seq + " " + deliveredAt + " " + deliveries);
  }
}
