package io.hydrion.engine;

import io.hydrion.engine.Argument.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the syntax string of a command table row into the argument tree of COMMAND DOCS.
 *
 * <p>An instance parses one string and is confined to the caller's thread; rows are parsed once, at
 * start-up or on the first COMMAND DOCS.
 */
public final class SyntaxParser {
  /*
   * The language is the one that manuals use, plus a few marks where a manual leaves a fact out.
   *
   *   sequence := item*                     items stand in the order in which they are sent
   *   item     := word | group | repeat
   *   group    := [label=] ( '[' choice ']' | '<' choice '>' ) mark*
   *   choice   := sequence ( '|' sequence )*
   *   repeat   := '[' sequence '...' ']'    the sequence must repeat what stands before it
   *             | '[...]'                   short for repeating the one item before it
   *   word     := [label=] text [':' type] mark*
   *   mark     := '#' index | '^' since | '~' deprecated-since
   *
   * Words. A text with a lower-case letter names an argument, any other text is a token that is
   * sent as it stands; '' is the empty token. An argument's type comes from TYPES by its name, and
   * from ':type' where the same name means different things (value:integer). Arguments of type key
   * take the key specs of the row in order; #0 says that one shares a spec, #-1 that it has none,
   * and pattern#1 that a pattern stands for keys.
   *
   * Tokens. Inside a group, a token takes what follows it: with one argument it becomes that
   * argument's token ([EX seconds]), with several the token of a block ([AUTH username password]).
   * A token that stands alone or before another token is a pure token. At the top level tokens take
   * nothing: say <GROUP group consumer>.
   *
   * Groups. [..] is optional and <..> is not. Several choices are a oneof. A group of one item is
   * that item unless it has a label; a group of several is a block. Names of blocks and oneofs: the
   * label, else what GROUP_NAMES says, else the children's names joined by '_'.
   *
   * Repeats. k [k ...] sets multiple on k; a k v [k v ...] makes a block of k and v. Where the
   * token is repeated too, [GET k [GET k ...]], multiple_token is set; [ID k [k ...]] says that the
   * token comes once. Labels and marks need not be repeated.
   *
   * Errors are programmer errors in a table: IllegalArgumentException with the position, so that a
   * bad row stops the server at start-up.
   */

  private static final int DEPTH_MAX = 16;

  /** What argument names mean wherever they stand; a name that is not here is a string. */
  private static final Map<String, Type> TYPES =
      Stream.of(
              types(Type.KEY, "key key1 key2 newkey source destination destkey sourcekey src dst"),
              types(
                  Type.INTEGER,
                  "bit bits client-id cluster_bus_port config-epoch count cursor db decrement"
                      + " destination-db end end-slot entries_added entries_read frequency"
                      + " increment index index1 index2 len limit maxage milliseconds ms"
                      + " num-matches numkeys numlocal numreplicas offset port protover rank"
                      + " seconds slot start start-slot stop timeout ttl version weight"),
              types(Type.DOUBLE, "height latitude longitude radius score width"),
              types(Type.PATTERN, "pattern"),
              types(Type.UNIX_TIME, "unix-time-seconds unix-time-milliseconds"))
          .flatMap(entries -> entries.entrySet().stream())
          .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));

  /** Names of groups that have one of their own; the key is the children's names joined. */
  private static final Map<String, String> GROUP_NAMES =
      Map.ofEntries(
          Map.entry("nx_xx", "condition"),
          Map.entry("nx_xx_gt_lt", "condition"),
          Map.entry("gt_lt", "comparison"),
          Map.entry(
              "seconds_milliseconds_unix-time-seconds_unix-time-milliseconds_keepttl",
              "expiration"),
          Map.entry(
              "seconds_milliseconds_unix-time-seconds_unix-time-milliseconds_persist",
              "expiration"),
          Map.entry("async_sync", "async"),
          Map.entry("byte_bit", "index_unit"),
          Map.entry("asc_desc", "order"),
          Map.entry("m_km_ft_mi", "unit"),
          Map.entry("byscore_bylex", "sortby"),
          Map.entry("left_right", "where"),
          Map.entry("before_after", "where"),
          Map.entry("min_max", "where"));

  private static final Map<String, Type> TYPE_NAMES =
      Stream.of(Type.values())
          .filter(type -> type != Type.ONEOF && type != Type.BLOCK && type != Type.PURE_TOKEN)
          .collect(Collectors.toUnmodifiableMap(Type::wireName, type -> type));

  private static final Set<Character> DELIMITERS = Set.of('[', ']', '<', '>', '|', ' ');

  private final String syntax;
  private int position;
  private int nextKeySpec;

  private SyntaxParser(String syntax) {
    this.syntax = syntax;
  }

  /**
   * Returns the argument tree of a syntax string; empty for an empty string.
   *
   * @throws IllegalArgumentException if the string is not of the language above
   */
  public static List<Argument> parse(String syntax) {
    SyntaxParser parser = new SyntaxParser(syntax);
    List<Node> nodes = parser.sequence(0);
    if (parser.position < syntax.length()) {
      throw parser.error("unexpected '" + syntax.charAt(parser.position) + "'");
    }
    List<Argument> arguments = new ArrayList<>();
    for (Node node : nodes) {
      arguments.add(parser.argument(node));
    }
    return List.copyOf(arguments);
  }

  /** Returns the syntax string as a manual would print it: without labels, types and marks. */
  public static String plain(String syntax) {
    SyntaxParser parser = new SyntaxParser(syntax);
    return plainSequence(parser.sequence(0));
  }

  /** The type of a named argument that states none itself. */
  static Type typeOf(String name) {
    return TYPES.getOrDefault(name, Type.STRING);
  }

  private static Map<String, Type> types(Type type, String names) {
    return Stream.of(names.split(" ")).collect(Collectors.toMap(name -> name, name -> type));
  }

  /** What is written behind an item. */
  private record Marks(@Nullable Integer keySpec, @Nullable String since, @Nullable String until) {
    static final Marks NONE = new Marks(null, null, null);
  }

  private sealed interface Node {
    Marks marks();
  }

  /** A token, or with a type, a named argument. */
  private record Word(
      @Nullable String label, String text, @Nullable Type type, Marks marks, boolean multiple)
      implements Node {}

  /**
   * A bracketed group, or items that a repeat folded together.
   *
   * @param repeatToken whether a repeat names the leading token again
   * @param folded whether a repeat made this group, so that no brackets stand in the string
   */
  private record Group(
      @Nullable String label,
      boolean optional,
      List<List<Node>> choices,
      Marks marks,
      boolean multiple,
      boolean repeatToken,
      boolean folded)
      implements Node {

    Group repeated(boolean withToken) {
      return new Group(label, optional, choices, marks, true, withToken, folded);
    }
  }

  // Reading.

  private List<Node> sequence(int depth) {
    if (depth > DEPTH_MAX) {
      throw error("groups nested too deeply");
    }
    List<Node> nodes = new ArrayList<>();
    while (true) {
      skipSpaces();
      if (position == syntax.length() || "]>|".indexOf(syntax.charAt(position)) >= 0) {
        return nodes;
      }
      if (syntax.startsWith("...", position)) {
        return nodes;
      }
      item(nodes, depth);
    }
  }

  private void item(List<Node> nodes, int depth) {
    String label = label();
    char open = position < syntax.length() ? syntax.charAt(position) : ' ';
    if (open != '[' && open != '<') {
      nodes.add(word(label));
      return;
    }
    position++;
    List<List<Node>> choices = new ArrayList<>();
    choices.add(sequence(depth + 1));
    if (open == '[' && syntax.startsWith("...", position)) {
      position += 3;
      expect(']');
      fold(nodes, choices.getFirst());
      return;
    }
    while (skipSpaces() && syntax.startsWith("|", position)) {
      position++;
      choices.add(sequence(depth + 1));
    }
    expect(open == '[' ? ']' : '>');
    if (choices.stream().anyMatch(List::isEmpty)) {
      throw error("empty choice");
    }
    nodes.add(new Group(label, open == '[', choices, marks(), false, false, false));
  }

  /** Replaces the last nodes, which {@code repeat} repeats, by one that is multiple. */
  private void fold(List<Node> nodes, List<Node> repeat) {
    String repeated = plainSequence(repeat);
    int from = nodes.size() - 1;
    while (from >= 0
        && !repeat.isEmpty()
        && !plainSequence(nodes.subList(from, nodes.size())).equals(repeated)) {
      from--;
    }
    if (from < 0) {
      throw error("nothing to repeat: '" + repeated + "'");
    }
    List<Node> tail = new ArrayList<>(nodes.subList(from, nodes.size()));
    nodes.subList(from, nodes.size()).clear();
    nodes.add(
        switch (tail.getFirst()) {
          case Word word when tail.size() == 1 ->
              new Word(word.label(), word.text(), word.type(), word.marks(), true);
          case Group group when tail.size() == 1 ->
              group.repeated(!repeat.isEmpty() && hasToken(group));
          case Word word ->
              new Group(null, false, List.of(tail), Marks.NONE, true, isToken(word), true);
          case Group _ -> new Group(null, false, List.of(tail), Marks.NONE, true, false, true);
        });
  }

  private static boolean hasToken(Group group) {
    return group.choices().size() == 1
        && group.choices().getFirst().size() > 1
        && isToken(group.choices().getFirst().getFirst());
  }

  private @Nullable String label() {
    int end = position;
    while (end < syntax.length() && isLabelPart(syntax.charAt(end))) {
      end++;
    }
    if (end == position || end + 1 >= syntax.length() || syntax.charAt(end) != '=') {
      return null;
    }
    String label = syntax.substring(position, end);
    position = end + 1;
    return label;
  }

  private static boolean isLabelPart(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  }

  private Word word(@Nullable String label) {
    int start = position;
    while (position < syntax.length()
        && !DELIMITERS.contains(syntax.charAt(position))
        && "#^".indexOf(syntax.charAt(position)) < 0
        && !isDeprecationMark()) {
      position++;
    }
    String text = syntax.substring(start, position);
    if (text.isEmpty()) {
      throw error("a word is missing");
    }
    Type type = null;
    int colon = text.lastIndexOf(':');
    if (colon > 0 && TYPE_NAMES.containsKey(text.substring(colon + 1))) {
      type = TYPE_NAMES.get(text.substring(colon + 1));
      text = text.substring(0, colon);
    } else if (text.chars().anyMatch(Character::isLowerCase)) {
      type = typeOf(text);
    }
    if (type != null && text.indexOf('=') >= 0) {
      throw error("a label without an item");
    }
    boolean empty = text.equals("''");
    if (empty && label == null) {
      throw error("the empty token needs a label");
    }
    return new Word(label, empty ? "" : text, type, marks(), false);
  }

  /** Whether a '~' at the position starts a version, and is not the token of that name. */
  private boolean isDeprecationMark() {
    return syntax.charAt(position) == '~'
        && position + 1 < syntax.length()
        && Character.isDigit(syntax.charAt(position + 1));
  }

  private Marks marks() {
    Integer keySpec = null;
    String since = null;
    String until = null;
    while (position < syntax.length() && "#^~".indexOf(syntax.charAt(position)) >= 0) {
      char mark = syntax.charAt(position++);
      int start = position;
      while (position < syntax.length() && "-.0123456789".indexOf(syntax.charAt(position)) >= 0) {
        position++;
      }
      String value = syntax.substring(start, position);
      if (value.isEmpty()) {
        throw error("nothing behind '" + mark + "'");
      }
      switch (mark) {
        case '#' -> keySpec = Integer.valueOf(value);
        case '^' -> since = value;
        default -> until = value;
      }
    }
    return new Marks(keySpec, since, until);
  }

  private boolean skipSpaces() {
    while (position < syntax.length() && syntax.charAt(position) == ' ') {
      position++;
    }
    return true;
  }

  private void expect(char c) {
    skipSpaces();
    if (position == syntax.length() || syntax.charAt(position) != c) {
      throw error("'" + c + "' expected");
    }
    position++;
  }

  private IllegalArgumentException error(String problem) {
    return new IllegalArgumentException(
        "syntax \"" + syntax + "\", position " + position + ": " + problem);
  }

  // Building the tree. Keys take their specs in the order in which this visits them.

  private Argument argument(Node node) {
    return switch (node) {
      case Word word -> leaf(word);
      case Group group -> group(group);
    };
  }

  private Argument leaf(Word word) {
    Type type = word.type() == null ? Type.PURE_TOKEN : word.type();
    String token = word.type() == null ? word.text() : null;
    String name = word.label() != null ? word.label() : word.text().toLowerCase(Locale.ROOT);
    int keySpec = type == Type.KEY ? nextKeySpec : -1;
    if (word.marks().keySpec() != null) {
      keySpec = word.marks().keySpec();
    }
    nextKeySpec = Math.max(nextKeySpec, keySpec + 1);
    Draft draft = new Draft(name, type, token, List.of());
    draft.keySpecIndex = keySpec;
    draft.multiple = word.multiple();
    draft.mark(word.marks());
    return draft.build();
  }

  private Argument group(Group group) {
    Draft draft;
    if (group.choices().size() > 1) {
      List<Argument> alternatives = new ArrayList<>();
      for (List<Node> choice : group.choices()) {
        alternatives.add(bound(null, choice).build());
      }
      draft = new Draft(groupName(group.label(), alternatives), Type.ONEOF, null, alternatives);
    } else {
      draft = bound(group.label(), group.choices().getFirst());
    }
    draft.optional |= group.optional();
    draft.multiple |= group.multiple();
    draft.multipleToken |= group.repeatToken();
    draft.mark(group.marks());
    return draft.build();
  }

  /** The one argument that a sequence inside a group is: a leading token takes what follows. */
  private Draft bound(@Nullable String label, List<Node> nodes) {
    if (label == null && nodes.size() == 1) {
      return new Draft(argument(nodes.getFirst()));
    }
    boolean tokenFirst = nodes.size() > 1 && isToken(nodes.getFirst()) && !isToken(nodes.get(1));
    List<Argument> parts = new ArrayList<>();
    for (Node node : tokenFirst ? nodes.subList(1, nodes.size()) : nodes) {
      parts.add(argument(node));
    }
    Draft draft;
    if (label == null && parts.size() == 1 && isBindable(parts.getFirst())) {
      draft = new Draft(parts.getFirst());
    } else {
      draft = new Draft(groupName(label, parts), Type.BLOCK, null, parts);
    }
    if (tokenFirst) {
      Word token = (Word) nodes.getFirst();
      draft.token = token.text();
      draft.mark(token.marks());
    }
    return draft;
  }

  private static boolean isToken(Node node) {
    return node instanceof Word word && word.type() == null;
  }

  private static boolean isBindable(Argument argument) {
    return argument.token() == null && !argument.optional();
  }

  private static String groupName(@Nullable String label, List<Argument> children) {
    if (label != null) {
      return label;
    }
    String joined = children.stream().map(Argument::name).collect(Collectors.joining("_"));
    return GROUP_NAMES.getOrDefault(joined, joined);
  }

  /** An argument in the making. */
  private static final class Draft {
    final String name;
    final Type type;
    final List<Argument> children;
    @Nullable String token;
    boolean optional;
    boolean multiple;
    boolean multipleToken;
    int keySpecIndex = -1;
    @Nullable String since;
    @Nullable String deprecatedSince;

    Draft(String name, Type type, @Nullable String token, List<Argument> children) {
      this.name = name;
      this.type = type;
      this.token = token;
      this.children = children;
    }

    Draft(Argument argument) {
      this(argument.name(), argument.type(), argument.token(), argument.children());
      optional = argument.optional();
      multiple = argument.multiple();
      multipleToken = argument.multipleToken();
      keySpecIndex = argument.keySpecIndex();
      since = argument.since();
      deprecatedSince = argument.deprecatedSince();
    }

    void mark(Marks marks) {
      since = marks.since() != null ? marks.since() : since;
      deprecatedSince = marks.until() != null ? marks.until() : deprecatedSince;
    }

    Argument build() {
      return new Argument(
          name,
          type,
          token,
          optional,
          multiple,
          multipleToken,
          keySpecIndex,
          since,
          deprecatedSince,
          children);
    }
  }

  // Printing.

  private static String plainSequence(List<Node> nodes) {
    return nodes.stream().map(SyntaxParser::plainNode).collect(Collectors.joining(" "));
  }

  private static String plainNode(Node node) {
    return switch (node) {
      case Word word -> {
        String text = word.text().isEmpty() ? "\"\"" : word.text();
        yield word.multiple() ? text + " [" + text + " ...]" : text;
      }
      case Group group -> plainGroup(group);
    };
  }

  private static String plainGroup(Group group) {
    String choices =
        group.choices().stream()
            .map(SyntaxParser::plainSequence)
            .collect(Collectors.joining(" | "));
    boolean single = group.choices().size() == 1;
    if (!group.multiple()) {
      return group.optional() ? "[" + choices + "]" : single ? choices : "<" + choices + ">";
    }
    String once = single ? choices : "<" + choices + ">";
    String again = choices;
    if (single && hasToken(group) && !group.repeatToken()) {
      again = choices.substring(choices.indexOf(' ') + 1);
    }
    String repeated = once + " [" + again + " ...]";
    return group.optional() ? "[" + repeated + "]" : repeated;
  }
}
