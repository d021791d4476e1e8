package io.hydrion.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One node of a command's argument tree, as the {@code arguments} field of COMMAND DOCS shows it.
 *
 * @param token the literal word that the caller sends in front of (or, for a pure token, instead
 *     of) a value; null when there is none, empty for the rare argument that is an empty string
 * @param keySpecIndex the index of the row's key spec that finds this argument, -1 if it is no key
 * @param since the version that added this argument, null when it is as old as its command
 * @param deprecatedSince the version that discouraged it, null when it is still in favour
 * @param children the alternatives of a {@link Type#ONEOF}, the parts of a {@link Type#BLOCK}
 */
public record Argument(
    String name,
    Type type,
    @Nullable String token,
    boolean optional,
    boolean multiple,
    boolean multipleToken,
    int keySpecIndex,
    @Nullable String since,
    @Nullable String deprecatedSince,
    List<Argument> children) {

  public Argument {
    assert !name.isEmpty();
    assert type != Type.PURE_TOKEN || token != null;
    assert !multipleToken || (multiple && token != null);
    assert (type == Type.ONEOF || type == Type.BLOCK) != children.isEmpty();
    children = List.copyOf(children);
  }

  /** What an argument stands for, by the name that COMMAND DOCS gives it. */
  public enum Type {
    STRING("string"),
    INTEGER("integer"),
    DOUBLE("double"),
    KEY("key"),
    PATTERN("pattern"),
    UNIX_TIME("unix-time"),
    PURE_TOKEN("pure-token"),
    ONEOF("oneof"),
    BLOCK("block");

    private final String wireName;

    Type(String wireName) {
      this.wireName = wireName;
    }

    public String wireName() {
      return wireName;
    }
  }

  /** The flags in the order in which COMMAND DOCS lists them; empty when the reply has no flags. */
  public List<String> flags() {
    if (!optional) {
      return multiple
          ? (multipleToken ? List.of("multiple", "multiple_token") : List.of("multiple"))
          : List.of();
    }
    if (!multiple) {
      return List.of("optional");
    }
    return multipleToken
        ? List.of("optional", "multiple", "multiple_token")
        : List.of("optional", "multiple");
  }
}
