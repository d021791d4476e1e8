package io.hydrion.config;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;

/** Whatever bytes come in: a configuration or a {@link ConfigException}, and nothing else. */
@Tag("fuzz")
class ConfigFuzzTest {
  @FuzzTest
  void parser_anyBytes_givesStatementsOrAnError(FuzzedDataProvider data) {
    boolean yaml = data.consumeBoolean();
    byte[] content = data.consumeRemainingAsBytes();
    List<SourceLine> lines = new ArrayList<>();
    try {
      if (yaml) {
        StructuredParser.parse(content, "fuzz.yaml", lines::add);
      } else {
        ConfigParser.parse(content, "fuzz", null, lines::add);
      }
    } catch (ConfigException e) {
      e.report("Hydrion");
    }
    for (SourceLine line : lines) {
      checkRoundTrip(line.words());
    }
  }

  private static void checkRoundTrip(List<String> words) {
    StringBuilder line = new StringBuilder();
    for (String word : words) {
      line.append(Kind.quote(word)).append(' ');
    }
    List<SourceLine> again = new ArrayList<>();
    ConfigParser.parse(
        line.toString().getBytes(StandardCharsets.ISO_8859_1), "again", null, again::add);
    List<String> normal = new ArrayList<>();
    words.forEach(word -> normal.add(ConfigText.decode(ConfigText.encode(word))));
    if (again.size() != 1 || !again.getFirst().words().equals(normal)) {
      throw new AssertionError(words + " became " + again);
    }
  }

  @FuzzTest
  void settings_anyPair_isTakenOrRefusedAndShownAsItIsTaken(FuzzedDataProvider data) {
    List<Directive> rows = Directive.all();
    Directive directive = rows.get(data.consumeInt(0, rows.size() - 1));
    String value = ConfigText.decode(data.consumeRemainingAsBytes());
    Settings settings = new Settings(Config.defaults());
    List<String> before = settings.get(List.of("*"));
    if (settings.set(directive.name(), value) != null) {
      if (!settings.get(List.of("*")).equals(before)) {
        throw new AssertionError("a refused value changed something");
      }
      return;
    }
    String shown = settings.text(directive.name());
    String refusal = settings.set(directive.name(), shown);
    if (refusal != null || !settings.text(directive.name()).equals(shown)) {
      throw new AssertionError(directive + " shows " + shown + " but then " + refusal);
    }
  }

  @FuzzTest
  void commandLine_anyArguments_neverCrash(FuzzedDataProvider data) {
    List<String> args = new ArrayList<>();
    while (data.remainingBytes() > 0 && args.size() < 20) {
      args.add((data.consumeBoolean() ? "--" : "") + data.consumeString(30));
    }
    try {
      CommandLine.parse(args).forEach(line -> checkRoundTrip(line.words()));
    } catch (ConfigException e) {
      e.report("Hydrion");
    }
  }
}
