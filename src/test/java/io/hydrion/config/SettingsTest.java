package io.hydrion.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
  private final Settings settings = new Settings(Config.defaults());

  @Test
  void set_valid_changesFieldAndText() {
    assertThat(settings.set("maxmemory", "1mb", "maxmemory-policy", "allkeys-lru")).isNull();
    assertThat(settings.maxmemory()).isEqualTo(1 << 20);
    assertThat(settings.maxmemoryPolicy()).isEqualTo(MaxmemoryPolicy.ALLKEYS_LRU);
    assertThat(settings.get(List.of("maxmemory"))).containsExactly("maxmemory", "1048576");
    assertThat(settings.snapshot().maxmemory()).isEqualTo(1 << 20);
  }

  @Test
  void set_oneOfSeveralInvalid_changesNone() {
    assertThat(settings.set("timeout", "5", "hz", "x"))
        .isEqualTo(
            "ERR CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be"
                + " parsed into an integer");
    assertThat(settings.timeout()).isZero();
  }

  @Test
  void set_guarded_needsThePermission() {
    String refusal =
        "ERR CONFIG SET failed (possibly related to argument 'dbfilename') - can't set protected"
            + " config";
    assertThat(settings.set("dbfilename", "x")).isEqualTo(refusal);
    Settings local =
        new Settings(Config.builder().set("enable-protected-configs", "local").build());
    assertThat(local.set(List.of("dbfilename", "x"), false, false)).isEqualTo(refusal);
    assertThat(local.set(List.of("dbfilename", "x"), true, false)).isNull();
  }

  @Test
  void set_whileLoading_refusesWhatMovesTheData() {
    assertThat(settings.set(List.of("appendonly", "yes"), true, true))
        .isEqualTo("LOADING Redis is loading the dataset in memory");
    assertThat(settings.set(List.of("timeout", "1"), true, true)).isNull();
  }

  @Test
  void set_oddOrNoArguments_isASyntaxError() {
    assertThat(settings.set("timeout")).isEqualTo("ERR syntax error");
    assertThat(settings.set()).isEqualTo("ERR syntax error");
  }

  @Test
  void hooks_runOnceAfterAllValuesAreSet_andOnlyOnChange() {
    List<String> seen = new ArrayList<>();
    ApplyHook hook =
        s -> {
          seen.add(s.maxclients() + "/" + s.timeout());
          return null;
        };
    settings.onChange("maxclients", hook);
    settings.onChange("timeout", hook);
    assertThat(settings.set("maxclients", "5", "timeout", "6")).isNull();
    assertThat(settings.set("maxclients", "5")).isNull();
    assertThat(seen).containsExactly("5/6");
  }

  @Test
  void hook_refuses_everythingIsSetBackAndAppliedAgain() {
    List<String> seen = new ArrayList<>();
    settings.onChange(
        "timeout",
        s -> {
          seen.add("timeout " + s.timeout());
          return null;
        });
    settings.onChange(
        "port",
        s -> {
          seen.add("port " + s.port());
          return s.port() == 1 ? "Unable to listen on this port. Check server logs." : null;
        });
    settings.onChange(
        "hz",
        s -> {
          seen.add("hz");
          return null;
        });
    assertThat(settings.set("timeout", "7", "port", "1", "hz", "20"))
        .isEqualTo(
            "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on"
                + " this port. Check server logs.");
    assertThat(seen).containsExactly("timeout 7", "port 1", "timeout 0", "port 6379");
    assertThat(settings.timeout()).isZero();
    assertThat(settings.hz()).isEqualTo(10);
  }

  @Test
  void hook_throws_isARefusal() {
    settings.onChange(
        "timeout",
        s -> {
          throw new IllegalStateException("a\r\nb");
        });
    assertThat(settings.set("timeout", "1")).contains("'timeout'").doesNotContain("\r", "\n");
    assertThat(settings.timeout()).isZero();
  }

  @Test
  void hook_mayCorrectTheValue() {
    settings.onChange(
        "maxclients",
        s -> {
          s.update("maxclients", "100");
          return null;
        });
    assertThat(settings.set("maxclients", "5000")).isNull();
    assertThat(settings.maxclients()).isEqualTo(100);
  }

  @Test
  void update_badValue_isAProgrammersError() {
    settings.update("port", "12345");
    assertThat(settings.port()).isEqualTo(12345);
    assertThatThrownBy(() -> settings.update("port", "x"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> settings.update("nosuch", "x"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void get_hiddenOnes_onlyByName() {
    assertThat(settings.get(List.of("*"))).doesNotContain("watchdog-period", "include", "user");
    assertThat(settings.get(List.of("watchdog-period"))).containsExactly("watchdog-period", "0");
    assertThat(settings.get(List.of("include"))).isEmpty();
    assertThat(settings.get(List.of("*"))).contains("slaveof", "replicaof", "io-threads");
  }

  @Test
  void get_afterSettingWhatItSaid_saysTheSame() {
    Settings open = new Settings(Config.builder().set("enable-protected-configs", "yes").build());
    List<String> all = open.get(List.of("*"));
    for (int i = 0; i < all.size(); i += 2) {
      Directive directive = Directive.of(all.get(i));
      if (directive.mutability() != Directive.Mutability.IMMUTABLE) {
        assertThat(open.set(all.get(i), all.get(i + 1))).as(all.get(i)).isNull();
      }
    }
    assertThat(open.get(List.of("*"))).isEqualTo(all);
  }

  @Test
  void set_fromManyThreads_losesNothing() throws Exception {
    List<String> names =
        List.of("timeout", "lfu-log-factor", "lfu-decay-time", "tcp-keepalive", "replica-priority");
    CountDownLatch start = new CountDownLatch(1);
    AtomicReference<String> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    for (String name : names) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    awaitQuietly(start);
                    for (int i = 1; i <= 2_000; i++) {
                      if (settings.set(name, "" + i) != null
                          || !settings.text(name).equals("" + i)) {
                        failure.set(name + " lost " + i);
                      }
                    }
                  }));
    }
    start.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failure.get()).isNull();
    assertThat(names).allMatch(name -> settings.text(name).equals("2000"));
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void rewrite_withoutFile_saysSo() {
    assertThat(settings.rewrite()).isEqualTo("ERR The server is running without a config file");
  }

  @Test
  void rewrite_yaml_isRefusedAndLeftAlone(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("a.yaml"), "port: 1\n");
    Settings yaml = new Settings(Config.builder().file(file).build());
    assertThat(yaml.rewrite()).startsWith("ERR Rewriting config file: ");
    assertThat(file).hasContent("port: 1\n");
  }

  @Test
  void rewrite_keepsWhatItDoesNotOwn(@TempDir Path directory) throws Exception {
    Path other = Files.writeString(directory.resolve("other.conf"), "hz 20\n");
    Path file = directory.resolve("a.conf");
    Files.writeString(
        file,
        "# top\ninclude "
            + other
            + "\nuser alice on\nrename-command DEBUG \"\"\nmaxmemory 1mb # not a comment\n");
    assertThatThrownBy(() -> Config.builder().file(file).build())
        .hasMessage("wrong number of arguments");
    Files.writeString(
        file,
        "# top\ninclude " + other + "\nuser alice on\nrename-command DEBUG \"\"\nmaxmemory 1mb\n");
    Settings live = new Settings(Config.builder().file(file).baseDirectory(directory).build());
    assertThat(live.set("maxmemory", "2gb", "timeout", "3")).isNull();
    assertThat(live.rewrite()).isNull();
    String content = Files.readString(file);
    assertThat(content)
        .startsWith(
            "# top\ninclude "
                + other
                + "\nuser alice on\nrename-command DEBUG \"\"\nmaxmemory 2gb\n\n"
                + "# Generated by CONFIG REWRITE\n")
        .contains("\ntimeout 3\n", "\nhz 20\n");
    Config again = Config.builder().file(file).baseDirectory(directory).build();
    for (Directive directive : Directive.all()) {
      assertThat(again.value(directive)).as(directive.name()).isEqualTo(live.value(directive));
    }
    assertThat(live.rewrite()).isNull();
    assertThat(Files.readString(file).strip()).isEqualTo(content.strip());
    try (var files = Files.list(directory)) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void rewrite_fileIsGone_writesANewOne(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("a.conf"), "timeout 3\n");
    Settings live = new Settings(Config.builder().file(file).build());
    Files.delete(file);
    assertThat(live.rewrite()).isNull();
    assertThat(file).content().startsWith("# Generated by CONFIG REWRITE\n").contains("timeout 3");
    Files.delete(file);
    Files.delete(directory);
    assertThat(live.rewrite()).isEqualTo("ERR Rewriting config file: No such file or directory");
    Files.createDirectories(directory);
  }
}
