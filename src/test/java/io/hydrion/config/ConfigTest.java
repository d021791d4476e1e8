package io.hydrion.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigTest {
  @TempDir Path directory;

  private Config load(String content, String... args) throws Exception {
    return builder("test.conf", content, args).build();
  }

  private Config.Builder builder(String name, String content, String... args) throws Exception {
    Path file = Files.writeString(directory.resolve(name), content);
    return Config.builder().baseDirectory(directory).file(file).arguments(Arrays.asList(args));
  }

  private ConfigException fault(Config.Builder builder) {
    ConfigException e = catchThrowableOfType(ConfigException.class, builder::build);
    assertThat(e).isNotNull();
    return e;
  }

  @Test
  void defaults_areThoseOfRedis() {
    Config config = Config.defaults();
    assertThat(config.port()).isEqualTo(6379);
    assertThat(config.bind()).containsExactly("*", "-::*");
    assertThat(config.maxmemoryPolicy()).isEqualTo(MaxmemoryPolicy.NOEVICTION);
    assertThat(config.loglevel()).isEqualTo(LogLevel.NOTICE);
    assertThat(config.transport()).isEqualTo(Transport.AUTO);
    assertThat(config.requirepass()).isNull();
    assertThat(config.save())
        .containsExactly(
            new SavePoint(3600, 1), new SavePoint(300, 100), new SavePoint(60, 10_000));
    assertThat(config.clientOutputBufferLimits()).isEqualTo(OutputBufferLimits.DEFAULT);
    assertThat(config.dir()).isAbsolute();
    assertThat(config.warnings()).isEmpty();
    assertThat(config.file()).isNull();
    assertThat(config.enableDebugCommand().allows(true)).isFalse();
  }

  @Test
  void builder_setsAndChecks() {
    Config config =
        Config.builder().port(0).set("maxmemory", "100mb").bind("127.0.0.1").maxmemory(5).build();
    assertThat(config.port()).isZero();
    assertThat(config.ephemeralPort()).isTrue();
    assertThat(config.maxmemory()).isEqualTo(5);
    assertThat(config.isExplicit("maxmemory")).isTrue();
    assertThat(config.isExplicit("timeout")).isFalse();
    assertThat(Config.builder().set("port", "0").build().ephemeralPort()).isFalse();
    assertThatThrownBy(() -> Config.builder().set("maxmemory", "x").build())
        .isInstanceOf(ConfigException.class)
        .hasMessage("argument must be a memory value");
    assertThat(fault(Config.builder().set("timeout")).report("Hydrion 1"))
        .isEqualTo(
            "\n*** FATAL CONFIG FILE ERROR (Hydrion 1) ***\n"
                + "Reading the builder\n>>> 'timeout'\nwrong number of arguments\n");
  }

  @Test
  void file_error_namesFileLineAndDirective() throws Exception {
    Config.Builder builder = builder("test.conf", "port 1\n\n# x\n  Timeout  abc \n");
    ConfigException e = fault(builder);
    assertThat(e.directive()).isEqualTo("Timeout");
    assertThat(e.report("Hydrion 0.1.0"))
        .isEqualTo(
            "\n*** FATAL CONFIG FILE ERROR (Hydrion 0.1.0) ***\n"
                + "Reading the configuration file, at line 4 of "
                + directory.resolve("test.conf")
                + "\n>>> 'Timeout  abc'\nargument couldn't be parsed into an integer\n");
  }

  @Test
  void file_missing_saysSo() {
    assertThat(fault(Config.builder().file(directory.resolve("none.conf"))))
        .hasMessage(
            "Fatal error, can't open config file '"
                + directory.resolve("none.conf")
                + "': No such file or directory");
  }

  @Test
  void file_bytesThatAreNotUtf8_arePreserved() throws Exception {
    Path file = directory.resolve("bytes.conf");
    Files.write(file, "requirepass \"\\xff\\xc3\\xa4".getBytes(StandardCharsets.ISO_8859_1));
    Files.write(file, new byte[] {(byte) 0xfe, '"', '\n'}, java.nio.file.StandardOpenOption.APPEND);
    Config config = Config.builder().file(file).build();
    assertThat(ConfigText.encode(config.text("requirepass")))
        .containsExactly(0xff, 0xc3, 0xa4, 0xfe);
    assertThat(config.requirepass()).contains("ä");
  }

  @Test
  void include_readsInPlaceAndGlobsInOrder() throws Exception {
    Files.createDirectories(directory.resolve("d"));
    Files.writeString(directory.resolve("d/1.conf"), "timeout 1\nmaxmemory 1");
    Files.writeString(directory.resolve("d/2.conf"), "timeout 2\n");
    Files.writeString(directory.resolve("d/3.yaml"), "hz: 33\n");
    Config config =
        load("maxmemory 5\ninclude d/*.conf\ninclude d/3.yaml\ninclude none*\nmaxmemory 7\n");
    assertThat(config.timeout()).isEqualTo(2);
    assertThat(config.maxmemory()).isEqualTo(7);
    assertThat(config.hz()).isEqualTo(33);
  }

  @Test
  void include_missingOrEndless_isAnError() throws Exception {
    assertThat(fault(builder("test.conf", "include none.conf\n")).report("x"))
        .contains("at line 1", ">>> 'include none.conf'", "No such file or directory");
    assertThat(fault(builder("test.conf", "include test.conf\n"))).hasMessageContaining("nested");
  }

  @Test
  void precedence_fileThenStdinThenEnvironmentThenFlags() throws Exception {
    InputStream stdin =
        new ByteArrayInputStream(
            "timeout 2\nhz 2\nlfu-log-factor 2\n".getBytes(StandardCharsets.UTF_8));
    Config config =
        builder(
                "test.conf",
                "timeout 1\nhz 1\nlfu-log-factor 1\nmaxmemory 1\n",
                "--timeout",
                "4",
                "-")
            .stdin(stdin)
            .environment(Map.of("HYDRION_TIMEOUT", "3", "HYDRION_HZ", "3"))
            .build();
    assertThat(config.timeout()).isEqualTo(4);
    assertThat(config.hz()).isEqualTo(3);
    assertThat(config.lfuLogFactor()).isEqualTo(2);
    assertThat(config.maxmemory()).isEqualTo(1);
  }

  @Test
  void load_fileAsFirstArgument_isReadRelativeToTheDirectory() throws Exception {
    Files.writeString(directory.resolve("x.conf"), "timeout 9\n");
    Config config = Config.builder().baseDirectory(directory).arguments(List.of("x.conf")).build();
    assertThat(config.timeout()).isEqualTo(9);
    assertThat(config.file()).isEqualTo(directory.resolve("x.conf"));
  }

  @Test
  void environment_lists_statementsAndForeignVariables() {
    Config config =
        Config.builder()
            .environment(
                Map.of(
                    "HYDRION_BIND", "127.0.0.1 -::1",
                    "HYDRION_SAVE", "",
                    "HYDRION_CLIENT_OUTPUT_BUFFER_LIMIT", "normal 1 2 3 pubsub 4 5 6",
                    "HYDRION_RENAME_COMMAND", "CONFIG c2\nDEBUG \"\"",
                    "HYDRION_PORT", "tcp://10.0.0.1:6379",
                    "HYDRION_SERVICE_HOST", "10.0.0.1",
                    "HYDRION_PORT_6379_TCP_ADDR", "10.0.0.1",
                    "HYDRION_JAVA_OPTS", "-Xmx1g",
                    "HYDRION_NOSUCH", "1",
                    "OTHER", "x"))
            .build();
    assertThat(config.bind()).containsExactly("127.0.0.1", "-::1");
    assertThat(config.save()).isEmpty();
    assertThat(config.text("client-output-buffer-limit"))
        .isEqualTo("normal 1 2 3 slave 268435456 67108864 60 pubsub 4 5 6");
    assertThat(config.renamedCommands())
        .extracting(RenameCommand::from, RenameCommand::to)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("CONFIG", "c2"),
            org.assertj.core.groups.Tuple.tuple("DEBUG", ""));
    assertThat(config.port()).isEqualTo(6379);
    assertThat(config.warnings()).hasSize(2).allMatch(w -> w.contains("is ignored"));
  }

  @Test
  void environment_error_namesTheVariableButNoSecret() {
    assertThat(
            fault(Config.builder().environment(Map.of("HYDRION_TIMEOUT", "x"))).report("Hydrion 1"))
        .contains("Reading the environment\n>>> 'HYDRION_TIMEOUT=x'\n");
  }

  @Test
  void yaml_andJson_sayTheSame() throws Exception {
    String yaml =
        """
        # comment
        port: 7001
        bind: [127.0.0.1, "-::1"]
        MaxMemory: 100mb
        unixsocketperm: 0770
        protected-mode: false
        always-show-logo: yes
        save: [900 1, 300 10]
        client-output-buffer-limit:
          normal: 1 2 3
          replica: [256mb, 64mb, 60]
        rename-command:
          FLUSHALL: ""
          CONFIG: admin
        requirepass: 0123
        notify-keyspace-events:
        """;
    String json =
        """
        {"port": 7001, "bind": "127.0.0.1 -::1", "maxmemory": 104857600,
         "unixsocketperm": "770", "protected-mode": "no", "always-show-logo": true,
         "save": [[900, 1], [300, 10]], "client-output-buffer-limit": ["normal 1 2 3"],
         "rename-command": [["FLUSHALL", ""], "CONFIG admin"], "requirepass": "0123"}
        """;
    Config first = builder("a.yaml", yaml).build();
    Config second = builder("a.JSON", json).build();
    for (Directive directive : Directive.all()) {
      assertThat(first.value(directive)).as(directive.name()).isEqualTo(second.value(directive));
    }
    assertThat(first.unixsocketperm()).isEqualTo(0770);
    assertThat(first.protectedMode()).isFalse();
    assertThat(first.alwaysShowLogo()).isTrue();
    assertThat(first.requirepass()).isEqualTo("0123");
    assertThat(first.save()).containsExactly(new SavePoint(900, 1), new SavePoint(300, 10));
    for (Config config : List.of(first, second)) {
      assertThat(config.renamedCommands())
          .extracting(RenameCommand::from, RenameCommand::to)
          .containsExactly(
              org.assertj.core.groups.Tuple.tuple("FLUSHALL", ""),
              org.assertj.core.groups.Tuple.tuple("CONFIG", "admin"));
    }
  }

  @Test
  void yaml_errors_nameFileAndLine() throws Exception {
    assertThat(fault(builder("a.yml", "port: 1\ntimeout: x\n")).report("x"))
        .contains("at line 2 of " + directory.resolve("a.yml"), ">>> 'timeout x'");
    assertThat(fault(builder("a.yml", "port: 1\nnosuch: 1\n")).report("x"))
        .contains("at line 2", "Bad directive");
    assertThat(fault(builder("a.yml", "port: 1\nport: 2\n"))).hasMessageContaining("Duplicate");
    assertThat(fault(builder("a.yml", "- port\n"))).hasMessageContaining("object");
    assertThat(fault(builder("a.yml", "port: [1, 2]\n"))).hasMessage("wrong number of arguments");
    assertThat(fault(builder("a.json", "{\"port\": "))).isNotNull();
    assertThat(fault(builder("a.json", "{} {}"))).isNotNull();
    assertThat(builder("empty.yaml", "").build().port()).isEqualTo(6379);
  }

  @Test
  void unsupported_isWarnedOfOnceAndOnlyWhenItAsksForMore() throws Exception {
    Config config =
        load(
            "masterauth a\nmasterauth b\nsave 900 1\nsave 300 1\nreplicaof no one\n"
                + "cluster-enabled no\nuser alice on\nuser bob on\nset-proc-title no\n"
                + "tls-port 0\nappendfsync always\n");
    assertThat(config.warnings())
        .hasSize(2)
        .anyMatch(w -> w.contains("'masterauth'") && w.contains("test.conf:2)"))
        .anyMatch(w -> w.contains("'user'"));
    assertThat(load("cluster-enabled no\nsave \"\"\n").warnings()).isEmpty();
  }

  @Test
  void directivesOfOld_areStillRead() throws Exception {
    assertThat(load("lua-replicate-commands yes\nlist-max-ziplist-value 64\n").warnings())
        .isEmpty();
    assertThat(fault(builder("test.conf", "lua-replicate-commands\n"))).isNotNull();
    assertThat(fault(builder("test.conf", "module.option 1\n"))).hasMessageContaining("Module");
  }

  @Test
  void dir_isResolvedWhereItStands() throws Exception {
    Files.createDirectories(directory.resolve("a/b"));
    Config config = load("dir a\ndir b\n");
    assertThat(config.dir()).isEqualTo(directory.toRealPath().resolve("a/b"));
    assertThat(config.resolve("x.log")).isEqualTo(config.dir().resolve("x.log"));
    assertThat(fault(builder("test.conf", "dir test.conf\n"))).hasMessage("Not a directory");
  }

  @Test
  void renameCommand_twiceTheSame_isAnError() throws Exception {
    Config.Builder builder = builder("test.conf", "rename-command get a\nrename-command GET b\n");
    assertThat(fault(builder)).hasMessage("No such command in rename-command");
    ConfigException e =
        ConfigException.at(load("rename-command x y").renamedCommands().getFirst().origin(), "m");
    assertThat(e.report("x")).contains("at line 1 of", ">>> 'rename-command x y'\nm\n");
  }
}
