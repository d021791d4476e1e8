package io.hydrion.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One statement as a source gives it: a directive's name and its arguments, at least the name.
 *
 * @param words name and arguments, without quotes
 */
record SourceLine(List<String> words, Origin origin) {

  String name() {
    return words.getFirst();
  }

  List<String> arguments() {
    return words.subList(1, words.size());
  }

  /** The words of a text in the syntax of redis.conf, or null where its quotes do not match. */
  static @Nullable List<String> wordsOf(String text) {
    List<String> raw = Words.split(ConfigText.toByteString(text));
    if (raw == null) {
      return null;
    }
    List<String> words = new ArrayList<>(raw.size());
    for (String word : raw) {
      words.add(ConfigText.fromByteString(word));
    }
    return words;
  }
}
