package io.hydrion.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The directives as the keys of one YAML or JSON object. A value is a text, number or boolean; a
 * list for several arguments; for {@code include}, {@code rename-command}, {@code user} and {@code
 * loadmodule} a list of statements; an object as another way to write pairs, such as {@code
 * rename-command: {FLUSHALL: ""}}. Numbers are read as they are written, so that {@code
 * unixsocketperm: 0770} means what it does in redis.conf.
 */
final class StructuredParser {
  private static final int VALUES_MAX = 100_000;

  private final String file;
  private final JsonParser in;
  private final Consumer<SourceLine> consumer;
  private int values;

  private StructuredParser(String file, JsonParser in, Consumer<SourceLine> consumer) {
    this.file = file;
    this.in = in;
    this.consumer = consumer;
  }

  /** Whether a file of that name is in this syntax, by its ending. */
  static boolean handles(String file) {
    return isJson(file) || isYaml(file);
  }

  private static boolean isJson(String file) {
    return file.toLowerCase(Locale.ROOT).endsWith(".json");
  }

  private static boolean isYaml(String file) {
    String name = file.toLowerCase(Locale.ROOT);
    return name.endsWith(".yaml") || name.endsWith(".yml");
  }

  /** Hands over each statement of {@code content}. */
  static void parse(byte[] content, String file, Consumer<SourceLine> consumer) {
    JsonFactory factory =
        isJson(file)
            ? JsonFactory.builder()
                .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build()
            : YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
    try (JsonParser in = factory.createParser(content)) {
      new StructuredParser(file, in, consumer).parseDocument();
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getLineNr());
      Origin origin = new Origin(ConfigLoader.FILE, file, line, lineOf(content, line));
      throw new ConfigException(firstLine(e.getOriginalMessage()), origin, null);
    } catch (IOException e) {
      throw new ConfigException(file + ": " + OsErrors.text(e));
    }
  }

  private void parseDocument() throws IOException {
    JsonToken token = in.nextToken();
    if (token == null || token == JsonToken.VALUE_NULL) {
      return;
    }
    if (token != JsonToken.START_OBJECT) {
      throw fault(null, "a configuration file is an object whose keys are directives");
    }
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      parseDirective(in.currentName());
    }
    if (in.nextToken() != null) {
      throw fault(null, "there is something after the end of the configuration");
    }
  }

  private void parseDirective(String name) throws IOException {
    int line = in.currentTokenLocation().getLineNr();
    Directive directive = Directive.find(name);
    JsonToken token = in.nextToken();
    if (token == JsonToken.START_ARRAY && directive != null && directive.statement()) {
      while (in.nextToken() != JsonToken.END_ARRAY) {
        emit(name, line, statementWords(name, directive));
      }
    } else if (token == JsonToken.START_OBJECT && directive != null && directive.statement()) {
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        List<String> words = new ArrayList<>(List.of(in.currentName()));
        in.nextToken();
        addValue(words, false);
        emit(name, line, words);
      }
    } else if (directive != null && directive.statement()) {
      emit(name, line, statementWords(name, directive));
    } else {
      List<String> words = new ArrayList<>();
      addValue(words, directive != null && directive.multiArgument());
      emit(name, line, words.isEmpty() ? List.of("") : words);
    }
  }

  /** The arguments of one statement: a list, or a text that has them all. */
  private List<String> statementWords(String name, Directive directive) throws IOException {
    List<String> words = new ArrayList<>();
    addValue(words, !directive.name().equals("include"));
    if (words.isEmpty()) {
      throw fault(name, "wrong number of arguments");
    }
    return words;
  }

  /** Appends the words of the value at the current token, whose inner lists are opened. */
  private void addValue(List<String> words, boolean split) throws IOException {
    if (++values > VALUES_MAX) {
      throw fault(null, "the configuration has too many values");
    }
    JsonToken token = in.currentToken();
    switch (token) {
      case START_ARRAY -> {
        while (in.nextToken() != JsonToken.END_ARRAY) {
          addValue(words, split);
        }
      }
      case START_OBJECT -> {
        while (in.nextToken() == JsonToken.FIELD_NAME) {
          words.add(in.currentName());
          in.nextToken();
          addValue(words, split);
        }
      }
      case VALUE_TRUE -> words.add("yes");
      case VALUE_FALSE -> words.add("no");
      case VALUE_NULL -> words.add("");
      case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> addText(words, split);
      case null, default -> throw fault(null, "a value is missing");
    }
  }

  private void addText(List<String> words, boolean split) throws IOException {
    String text = in.getText();
    List<String> parts = split && !text.isEmpty() ? SourceLine.wordsOf(text) : List.of(text);
    if (parts == null) {
      throw fault(text, ConfigParser.UNBALANCED);
    }
    words.addAll(parts);
  }

  private void emit(String name, int line, List<String> arguments) {
    List<String> words = new ArrayList<>(List.of(name));
    words.addAll(arguments);
    String text = String.join(" ", words);
    consumer.accept(
        new SourceLine(List.copyOf(words), new Origin(ConfigLoader.FILE, file, line, text)));
  }

  private ConfigException fault(@Nullable String text, String message) {
    int line = in.currentTokenLocation().getLineNr();
    Origin origin =
        new Origin(ConfigLoader.FILE, file, Math.max(0, line), text == null ? "" : text);
    return new ConfigException(message, origin, null);
  }

  private static String lineOf(byte[] content, int number) {
    String[] lines = ConfigText.decode(content).split("\n", -1);
    return number > 0 && number <= lines.length ? lines[number - 1].strip() : "";
  }

  private static String firstLine(@Nullable String message) {
    return message == null ? "cannot be read" : message.lines().findFirst().orElse("");
  }
}
