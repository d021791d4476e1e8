package io.hydrion.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hydrion.util.Bytes;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RespReaderTest {
  private static Object read(String bytes) {
    RespReader reader = new RespReader(Bytes.of(bytes), bytes.length());
    Object reply = reader.next();
    assertThat(reader.hasNext()).as("more than one reply in %s", bytes).isFalse();
    return reply;
  }

  @Test
  void everyType_becomesItsJavaCounterpart() {
    assertThat(read("+OK\r\n")).isEqualTo("OK");
    assertThat(read("+\r\n")).isEqualTo("");
    assertThat(read("-ERR no\r\n")).isEqualTo(new RespReader.ReplyError("ERR no"));
    assertThat(read("!6\r\nERR\r\nx\r\n")).isEqualTo(new RespReader.ReplyError("ERR\r\nx"));
    assertThat(read(":-9223372036854775808\r\n")).isEqualTo(Long.MIN_VALUE);
    assertThat(read("$2\r\n\r\n\r\n")).isEqualTo(Bytes.of("\r\n"));
    assertThat(read("$0\r\n\r\n")).isEqualTo(Bytes.EMPTY);
    assertThat(read("$-1\r\n")).isNull();
    assertThat(read("*-1\r\n")).isNull();
    assertThat(read("_\r\n")).isNull();
    assertThat(read("=6\r\ntxt:hi\r\n")).isEqualTo(Bytes.of("hi"));
    assertThat(read("#t\r\n")).isEqualTo(true);
    assertThat(read("#f\r\n")).isEqualTo(false);
    assertThat(read(",-1.5e3\r\n")).isEqualTo(-1500.0);
    assertThat(read(",inf\r\n")).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(read(",-inf\r\n")).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(read(",nan\r\n")).isEqualTo(Double.NaN);
    assertThat(read("(123456789012345678901234567890\r\n"))
        .isEqualTo(new BigInteger("123456789012345678901234567890"));
    assertThat(read("*0\r\n")).isEqualTo(List.of());
    assertThat(read("~2\r\n:1\r\n+a\r\n")).isEqualTo(List.of(1L, "a"));
    assertThat(read(">1\r\n*1\r\n:1\r\n")).isEqualTo(List.of(List.of(1L)));
    assertThat(read("%1\r\n$1\r\nk\r\n%0\r\n")).isEqualTo(Map.of("k", Map.of()));
  }

  @Test
  void severalReplies_comeOneByOne() {
    byte[] bytes = Bytes.of("+a\r\n:1\r\n+ignored\r\n");
    RespReader reader = new RespReader(bytes, 8);
    assertThat(reader.next()).isEqualTo("a");
    assertThat(reader.next()).isEqualTo(1L);
    assertThat(reader.hasNext()).isFalse();
  }

  @Test
  void otherBytes_areNoReply() {
    assertThatThrownBy(() -> read("PONG\r\n")).isInstanceOf(IllegalStateException.class);
  }
}
