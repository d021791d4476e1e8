package io.hydrion.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.command.Commands;
import io.hydrion.command.ManualClock;
import io.hydrion.config.Config;
import io.hydrion.config.Settings;
import io.hydrion.protocol.RespWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Key specs of every kind: the keys they find, and what COMMAND says of them. */
class KeySpecTest {
  private static final String WRONG = "-ERR Invalid arguments specified for command";

  private final Engine engine =
      new Engine(
          new Settings(Config.defaults()),
          commands(),
          Map.of(),
          new ManualClock(),
          new SplittableRandom(1));
  private final TestClient client = new TestClient(engine);

  private static List<Command> commands() {
    List<Command> all = new ArrayList<>(Commands.all());
    all.add(row("TCARD", -3).keys(KeySpec.keyNum(1, "RO ACCESS")).run(KeySpecTest::ok));
    all.add(
        row("TSTORE", -4)
            .keys(1, 1, 1, "OW UPDATE")
            .keys(KeySpec.keyNum(2, "RO ACCESS"))
            .run(KeySpecTest::ok));
    all.add(row("TMERGE", -2).keys(1, 1, 1, "RW INSERT").keys(2, -1, 1, "RO").run(KeySpecTest::ok));
    all.add(
        row("TREAD", -4)
            .keys(KeySpec.keyword("STREAMS", 1, -1, 1, 2, "RO ACCESS"))
            .run(KeySpecTest::ok));
    all.add(
        row("TGEO", -6)
            .keys(1, 1, 1, "RO ACCESS")
            .keys(KeySpec.keyword("STORE", 6, 0, 1, 0, "OW UPDATE"))
            .keys(KeySpec.keyword("STOREDIST", 6, 0, 1, 0, "OW UPDATE"))
            .run(KeySpecTest::ok));
    all.add(
        row("TSORT", -2)
            .keys(1, 1, 1, "RO ACCESS")
            .keys(KeySpec.unknown("RO ACCESS"))
            .note("by the data")
            .keys(KeySpec.unknown("OW UPDATE"))
            .keysBy(KeyFinders::sort)
            .run(KeySpecTest::ok));
    all.add(
        row("TMIGRATE", -6)
            .keys(3, 3, 1, "RW ACCESS DELETE")
            .keys(KeySpec.keyword("KEYS", -2, -1, 1, 0, "RW ACCESS DELETE INCOMPLETE"))
            .keysBy(KeyFinders::migrate)
            .syscmd()
            .run(KeySpecTest::ok));
    return all;
  }

  private static Command.Builder row(String name, int arity) {
    return Command.row(name, arity, "generic", "1.0.0", Flags.WRITE, "").summary("Tests.");
  }

  private static void ok(Request q, RespWriter out) {
    out.ok();
  }

  @AfterEach
  void stop() {
    engine.close();
  }

  /** The keys of a command, with what is done to each; or the error. */
  private String keys(String line) {
    String[] words = line.split(" ");
    String[] call = new String[words.length + 2];
    call[0] = "COMMAND";
    call[1] = "GETKEYSANDFLAGS";
    for (int i = 0; i < words.length; i++) {
      call[i + 2] = words[i].equals("''") ? "" : words[i];
    }
    Object reply = client.call(call);
    if (!(reply instanceof List<?> pairs)) {
      return String.valueOf(reply);
    }
    List<String> texts = new ArrayList<>();
    List<Object> names = new ArrayList<>();
    for (Object pair : pairs) {
      List<?> both = (List<?>) pair;
      names.add(both.get(0));
      texts.add(both.get(0) + ":" + both.get(1));
    }
    call[1] = "GETKEYS";
    assertThat(client.call(call)).isEqualTo(names);
    return String.join(" ", texts).replace(", ", "+").replaceAll("[\\[\\]]", "");
  }

  private Object info(String name) {
    return ((List<?>) client.call("COMMAND", "INFO", name)).get(0);
  }

  @Test
  void keyNum_wantsAsManyKeysAsItSays() {
    assertThat(keys("tcard 2 a b limit 3")).isEqualTo("a:RO+access b:RO+access");
    assertThat(keys("tstore d 1 a x")).isEqualTo("d:OW+update a:RO+access");
    for (String wrong : List.of("3 a b", "0 a", "-1 a", "x a")) {
      assertThat(keys("tcard " + wrong)).as(wrong).isEqualTo(WRONG);
    }
    assertThat(keys("tstore d 3 a b")).isEqualTo(WRONG);
  }

  @Test
  void range_wantsAKey() {
    assertThat(keys("tmerge d a b")).isEqualTo("d:RW+insert a:RO b:RO");
    assertThat(keys("tmerge d")).isEqualTo(WRONG);
  }

  @Test
  void keyword_takesHalfOfTheRest() {
    assertThat(keys("tread count 1 streams a b 0 0")).isEqualTo("a:RO+access b:RO+access");
    assertThat(keys("tread STREAMS a b 0")).isEqualTo("a:RO+access");
    assertThat(keys("tread count streams streams a b 1 2"))
        .isEqualTo("streams:RO+access a:RO+access");
    assertThat(keys("tread a b c")).isEqualTo(WRONG);
    assertThat(keys("tread x streams a")).isEqualTo(WRONG);
    assertThat(keys("tread count 1 streams")).isEqualTo(WRONG);
  }

  @Test
  void keyword_ofAnOptionMayBeAbsentAndCountsTheLastTime() {
    assertThat(keys("tgeo k 1 2 3 m")).isEqualTo("k:RO+access");
    assertThat(keys("tgeo k 1 2 3 m store")).isEqualTo("k:RO+access");
    assertThat(keys("tgeo k store 2 3 m store d")).isEqualTo("k:RO+access d:OW+update");
    assertThat(keys("tgeo k 1 2 3 m storedist e store d"))
        .isEqualTo("k:RO+access d:OW+update e:OW+update");
    assertThat(keys("tgeo k 1 2 3 m store store asc")).isEqualTo("k:RO+access store:OW+update");
    assertThat(keys("tgeo k 1 2 3 m store a store b")).isEqualTo("k:RO+access b:OW+update");
  }

  @Test
  void sort_findsTheLastStore() {
    assertThat(keys("tsort a by x_* get # limit 0 1")).isEqualTo("a:RO+access");
    assertThat(keys("tsort a STORE b store c")).isEqualTo("a:RO+access c:OW+update");
    assertThat(keys("tsort a get store store b")).isEqualTo("a:RO+access b:OW+update");
    assertThat(keys("tsort a limit store store b")).isEqualTo("a:RO+access");
    assertThat(keys("tsort a store")).isEqualTo("a:RO+access");
  }

  @Test
  void migrate_hasOneKeyOrMany() {
    assertThat(keys("tmigrate h 1 k 0 9 copy")).isEqualTo("k:RW+access+delete");
    assertThat(keys("tmigrate h 1 k 0 9 keys")).isEqualTo("k:RW+access+delete");
    assertThat(keys("tmigrate h 1 '' 0 9 auth keys KEYS a b"))
        .isEqualTo("a:RW+access+delete b:RW+access+delete");
    assertThat(keys("tmigrate h 1 '' 0 9 auth2 keys keys keys a")).isEqualTo("a:RW+access+delete");
    assertThat(keys("tmigrate h 1 k 0 9 keys a b")).isEqualTo(WRONG);
  }

  @Test
  void info_showsEveryKind() {
    assertThat(info("tcard").toString())
        .contains("movablekeys")
        .contains("begin_search, [type, index, spec, [index, 1]]")
        .contains("find_keys, [type, keynum, spec, [keynumidx, 0, firstkey, 1, keystep, 1]]");
    assertThat(info("tread").toString())
        .contains("begin_search, [type, keyword, spec, [keyword, STREAMS, startfrom, 1]]")
        .contains("find_keys, [type, range, spec, [lastkey, -1, keystep, 1, limit, 2]]");
    assertThat(info("tsort").toString())
        .contains("tsort, -2, [write, movablekeys], 1, 1, 1,")
        .contains(
            "[notes, by the data, flags, [RO, access], begin_search, [type, unknown, spec, []],"
                + " find_keys, [type, unknown, spec, []]]");
    assertThat(info("tmigrate").toString())
        .contains("[write, movablekeys], 3, 3, 1,")
        .contains("flags, [RW, access, delete, incomplete]")
        .contains("[type, keyword, spec, [keyword, KEYS, startfrom, -2]]");
    assertThat(info("tstore").toString()).contains("movablekeys], 1, 1, 1,");
    assertThat(info("tread").toString()).contains("movablekeys], 0, 0, 0,");
    assertThat(info("get").toString()).doesNotContain("movablekeys");
  }

  @Test
  void docs_tellSystemCommands() {
    assertThat(client.call("COMMAND", "DOCS", "tmigrate").toString())
        .contains("doc_flags, [syscmd]");
    assertThat(client.call("COMMAND", "DOCS", "tsort").toString()).doesNotContain("doc_flags");
  }
}
