package io.hydrion.command;

import io.hydrion.engine.Request;
import io.hydrion.protocol.RespWriter;
import io.hydrion.util.Bytes;
import java.util.Locale;

/** DEBUG PROTOCOL: a value of each type of the protocol, the same as Redis's. */
final class DebugProtocol {
  private static final String BIG_NUMBER = "1234567999999999999999999999999999999";

  private DebugProtocol() {}

  static void reply(Request q, RespWriter out) {
    switch (q.text(2).toLowerCase(Locale.ROOT)) {
      case "string" -> out.bulk("Hello World");
      case "integer" -> out.integer(12345);
      case "double" -> out.real("3.141");
      case "null" -> out.nil();
      case "array" -> {
        out.array(3);
        for (int i = 0; i < 3; i++) {
          out.integer(i);
        }
      }
      case "set" -> {
        out.set(3);
        for (int i = 0; i < 3; i++) {
          out.integer(i);
        }
      }
      case "map" -> {
        out.map(3);
        for (int i = 0; i < 3; i++) {
          out.integer(i);
          out.bool(i == 1);
        }
      }
      case "attrib" -> {
        if (out.isResp3()) {
          out.raw(Bytes.of("|1\r\n"));
          out.bulk("key-popularity");
          out.array(2);
          out.bulk("key:123");
          out.integer(90);
        }
        out.bulk("Some real reply following the attribute");
      }
      case "push" -> {
        if (!out.isResp3()) {
          out.error("ERR RESP2 is not supported by this command");
          return;
        }
        out.push(2);
        out.bulk("server-cpu-usage");
        out.integer(42);
        out.bulk("Some real reply following the push reply");
      }
      case "true" -> out.bool(true);
      case "false" -> out.bool(false);
      case "verbatim" -> out.verbatim("txt", Bytes.of("This is a verbatim\nstring"));
      case "bignum" -> {
        if (out.isResp3()) {
          out.raw(Bytes.of("(" + BIG_NUMBER + "\r\n"));
        } else {
          out.bulk(BIG_NUMBER);
        }
      }
      default ->
          out.error(
              "ERR Wrong protocol type name. Please use one of the following:"
                  + " string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true"
                  + "|false");
    }
  }
}
