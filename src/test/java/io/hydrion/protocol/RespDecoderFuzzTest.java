package io.hydrion.protocol;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.hydrion.util.Bytes;
import org.junit.jupiter.api.Tag;

/** Whatever bytes come in, in whatever pieces: commands or an error, and nothing else. */
@Tag("fuzz")
class RespDecoderFuzzTest {
  @FuzzTest
  void decoder_anyBytesInAnyPieces_meansTheSameAsAtOnce(FuzzedDataProvider data) {
    boolean authenticated = data.consumeBoolean();
    int most = data.consumeInt(1, 64);
    byte[] bytes = data.consumeRemainingAsBytes();
    Feeder whole = new Feeder();
    whole.decoder.setAuthenticated(authenticated);
    whole.feed(bytes, 0, bytes.length);
    Feeder pieces = new Feeder();
    pieces.decoder.setAuthenticated(authenticated);
    for (int at = 0; at < bytes.length; at += most) {
      pieces.feed(bytes, at, Math.min(most, bytes.length - at));
    }
    if (whole.commands.equals(pieces.commands)
        && String.valueOf(whole.decoder.error()).equals(String.valueOf(pieces.decoder.error()))) {
      return;
    }
    if (bytes.length > 64 * 1024) {
      return; // a long line is an error as soon as its beginning has come without its end
    }
    throw new AssertionError("pieces of " + most + " differ from " + Bytes.string(bytes));
  }

  /** What the decoder takes for a command is the same command when it is written as an array. */
  @FuzzTest
  void commands_writtenAgain_areTheSame(byte[] bytes) {
    Feeder first = Feeder.of(bytes);
    RespWriter writer = new RespWriter();
    first.commands.forEach(
        command -> {
          writer.array(command.size());
          command.forEach(writer::bulk);
        });
    Feeder second = Feeder.of(writer.toBytes());
    if (!second.commands.equals(first.commands) || second.decoder.error() != null) {
      throw new AssertionError(first.commands + " became " + second.commands);
    }
  }
}
