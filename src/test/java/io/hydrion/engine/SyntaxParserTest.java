package io.hydrion.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SyntaxParserTest {

  @Test
  void parse_empty_hasNoArguments() {
    assertEquals(List.of(), SyntaxParser.parse(""));
  }

  @Test
  void parse_words_takeTypesFromTheirNames() {
    assertEquals(
        """
        key key spec=0
        seconds integer
        value string
        pattern pattern
        unix-time-seconds unix-time
        radius double
        """,
        tree("key seconds value pattern unix-time-seconds radius"));
  }

  @Test
  void parse_statedType_winsOverTheName() {
    assertEquals("value integer\nip:port string\n", tree("value:integer ip:port"));
  }

  @Test
  void parse_keys_takeKeySpecsInOrder() {
    assertEquals("source key spec=0\ndestination key spec=1\n", tree("source destination"));
    assertEquals("key1 key spec=0\nkey2 key spec=0\n", tree("key1 key2#0"));
    assertEquals(
        "key key spec=0\npattern pattern BY spec=1 [optional]\ndestination key STORE spec=2"
            + " [optional]\n",
        tree("key [BY pattern#1] [STORE destination]"));
    assertEquals("key key\n", tree("key#-1"));
  }

  @Test
  void parse_alternatives_areNamedByTableOrChildren() {
    assertEquals(
        """
        condition oneof [optional]
          nx pure-token NX
          xx pure-token XX
        timeout_error oneof [optional]
          timeout pure-token TIMEOUT
          error pure-token ERROR
        """,
        tree("[NX | XX] [TIMEOUT | ERROR]"));
  }

  @Test
  void parse_label_namesAGroup() {
    assertEquals(
        """
        mode oneof
          yes pure-token YES
          no pure-token NO
        """,
        tree("mode=<YES | NO>"));
  }

  @Test
  void parse_label_turnsOneWordIntoABlock() {
    assertEquals(
        """
        pattern block [multiple]
          pattern pattern
        """,
        tree("pattern=<pattern> [...]"));
  }

  @Test
  void parse_set_isTheTreeOfTheManual() {
    assertEquals(
        """
        key key spec=0
        value string
        condition oneof [optional] since 2.6.12
          nx pure-token NX
          xx pure-token XX
        get pure-token GET [optional] since 6.2.0
        expiration oneof [optional]
          seconds integer EX since 2.6.12
          milliseconds integer PX
          unix-time-seconds unix-time EXAT
          unix-time-milliseconds unix-time PXAT
          keepttl pure-token KEEPTTL
        """,
        tree(
            "key value [NX | XX]^2.6.12 [GET]^6.2.0 [EX seconds^2.6.12 | PX milliseconds"
                + " | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]"));
  }

  @Test
  void parse_tokenBeforeSeveral_isTheTokenOfABlock() {
    assertEquals(
        """
        username_password block AUTH [optional]
          username string
          password string
        clientname string SETNAME [optional]
        """,
        tree("[AUTH username password] [SETNAME clientname]"));
  }

  @Test
  void parse_tokenBeforeAlternatives_isTheirToken() {
    assertEquals(
        """
        aggregate oneof AGGREGATE [optional]
          sum pure-token SUM
          min pure-token MIN
        """,
        tree("[AGGREGATE aggregate=<SUM | MIN>]"));
  }

  @Test
  void parse_tokenBeforeToken_takesNothing() {
    assertEquals(
        """
        args oneof
          host-port block
            host string
            port integer
          no-one block
            no pure-token NO
            one pure-token ONE
        """,
        tree("args=<host-port=<host port> | no-one=<NO ONE>>"));
  }

  @Test
  void parse_tokenBeforeOptional_isABlock() {
    assertEquals(
        """
        full block FULL [optional]
          count integer COUNT [optional]
        """,
        tree("full=[FULL [COUNT count]]"));
  }

  @Test
  void parse_repeat_setsMultiple() {
    assertEquals("key key spec=0 [multiple]\n", tree("key [key ...]"));
    assertEquals("channel string [optional, multiple]\n", tree("[channel [channel ...]]"));
    assertEquals(
        """
        key_value block [multiple]
          key key spec=0
          value string
        """,
        tree("key value [key value ...]"));
  }

  @Test
  void parse_repeatWithToken_setsMultipleToken() {
    assertEquals(
        "pattern pattern GET [optional, multiple, multiple_token]\n",
        tree("[GET pattern [GET pattern ...]]"));
    assertEquals(
        """
        encoding_offset block GET [optional, multiple, multiple_token]
          encoding string
          offset integer
        """,
        tree("[GET encoding offset [GET encoding offset ...]]"));
    assertEquals(
        "weight integer WEIGHTS [optional, multiple]\n", tree("[WEIGHTS weight [weight ...]]"));
    assertEquals(
        """
        id block ID [optional]
          client-id integer [multiple]
        """,
        tree("id=[ID client-id [client-id ...]]"));
  }

  @Test
  void parse_bitfield_nests() {
    assertEquals(
        """
        key key spec=0
        operation oneof [optional, multiple]
          encoding_offset block GET
            encoding string
            offset integer
          write block
            wrap_sat_fail oneof OVERFLOW [optional]
              wrap pure-token WRAP
              sat pure-token SAT
              fail pure-token FAIL
            write_operation oneof
              encoding_offset_value block SET
                encoding string
                offset integer
                value integer
              encoding_offset_increment block INCRBY
                encoding string
                offset integer
                increment integer
        """,
        tree(
            "key operation=[GET encoding offset | write=<[OVERFLOW <WRAP | SAT | FAIL>]"
                + " write_operation=<SET encoding offset value:integer"
                + " | INCRBY encoding offset increment>>] [...]"));
  }

  @Test
  void parse_symbols_areTokens() {
    assertEquals(
        """
        operator oneof [optional]
          equal pure-token =
          approximately pure-token ~
        id_or_auto oneof
          auto_id pure-token *
          id string
        empty_string pure-token\s
        """,
        tree("operator=[equal== | approximately=~] id_or_auto=<auto_id=* | id> empty_string=''"));
  }

  @Test
  void parse_deprecation_isKept() {
    Argument argument = SyntaxParser.parse("ip:port^2.4.0~2.8.12").getFirst();
    assertEquals("ip:port", argument.name());
    assertEquals("2.4.0", argument.since());
    assertEquals("2.8.12", argument.deprecatedSince());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[key",
        "key]",
        "<NX | XX",
        "[NX | ]",
        "| key",
        "<>",
        "[]",
        "[...]",
        "key [value ...]",
        "key^",
        "key#",
        "key=",
        "key [key ...",
        "[[[[[[[[[[[[[[[[[[key]]]]]]]]]]]]]]]]]]"
      })
  void parse_badSyntax_throws(String syntax) {
    assertThrows(IllegalArgumentException.class, () -> SyntaxParser.parse(syntax));
  }

  @Test
  void parse_randomText_returnsOrThrowsIllegalArgument() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String[] parts = {
      "[",
      "]",
      "<",
      ">",
      "|",
      " ",
      "...",
      "key",
      "EX",
      "count",
      "=",
      "name=",
      "^1.0.0",
      "#0",
      "~",
      ":integer",
      "''",
      "value",
      "[key ...]",
      "[...]"
    };
    for (int round = 0; round < 20_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(14); i >= 0; i--) {
        text.append(parts[random.nextInt(parts.length)]);
        text.append(random.nextBoolean() ? " " : "");
      }
      try {
        SyntaxParser.parse(text.toString());
      } catch (IllegalArgumentException _) {
        continue;
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("seed " + seed + ": \"" + text + "\"", e);
      }
    }
  }

  @Test
  void plain_dropsLabelsTypesAndMarks() {
    assertEquals("key offset value", SyntaxParser.plain("key offset value:integer"));
    assertEquals("<YES | NO>", SyntaxParser.plain("mode=<YES | NO>"));
    assertEquals("[username] password", SyntaxParser.plain("[username]^6.0.0 password"));
    assertEquals("key1 key2", SyntaxParser.plain("key1 key2#0"));
    assertEquals("pattern [pattern ...]", SyntaxParser.plain("pattern=<pattern> [...]"));
    assertEquals(
        "[ID client-id [client-id ...]]",
        SyntaxParser.plain("id=[ID client-id [client-id ...]]^6.2.0"));
    assertEquals(
        "[GET encoding offset [GET encoding offset ...]]",
        SyntaxParser.plain("[GET encoding offset [GET encoding offset ...]]"));
    assertEquals("[COUNT count [ANY]]", SyntaxParser.plain("count=[<COUNT count> [ANY]]"));
  }

  @Test
  void plain_ofPlain_isTheSame() {
    String plain = SyntaxParser.plain("key index=[start end [BYTE | BIT]^7.0.0]");
    assertEquals(plain, SyntaxParser.plain(plain));
    assertTrue(plain.startsWith("key [start"));
  }

  /** One line an argument: name type token spec flags since. */
  private static String tree(String syntax) {
    StringBuilder out = new StringBuilder();
    SyntaxParser.parse(syntax).forEach(argument -> print(argument, 0, out));
    return out.toString();
  }

  private static void print(Argument argument, int depth, StringBuilder out) {
    out.append("  ".repeat(depth)).append(argument.name());
    out.append(' ').append(argument.type().wireName());
    if (argument.token() != null) {
      out.append(' ').append(argument.token());
    }
    if (argument.keySpecIndex() >= 0) {
      out.append(" spec=").append(argument.keySpecIndex());
    }
    if (!argument.flags().isEmpty()) {
      out.append(' ').append(argument.flags());
    }
    if (argument.since() != null) {
      out.append(" since ").append(argument.since());
    }
    out.append('\n');
    argument.children().forEach(child -> print(child, depth + 1, out));
  }
}
