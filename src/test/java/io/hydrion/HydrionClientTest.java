package io.hydrion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.hydrion.config.Config;
import io.hydrion.util.Bytes;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client in the process: what it answers when it has to wait, and what ends it. */
@Timeout(30)
class HydrionClientTest {
  private final Hydrion server =
      Hydrion.start(Config.builder().port(0).bind("127.0.0.1").set("io-threads", "1").build());
  private final HydrionClient client = server.newClient();

  @AfterEach
  void stop() {
    server.close();
  }

  private CompletableFuture<Object> waiting(HydrionClient by) {
    CompletableFuture<Object> reply =
        CompletableFuture.supplyAsync(() -> by.call("WAIT", "1", "0"));
    awaitBlocked(1);
    return reply;
  }

  private void awaitBlocked(int clients) {
    await().until(() -> info("clients").contains("blocked_clients:" + clients + "\r\n"));
  }

  private String info(String section) {
    try (HydrionClient other = server.newClient()) {
      return Bytes.string((byte[]) other.call("INFO", section));
    }
  }

  @Test
  void waitInVain_isAnsweredWhenItsTimeIsOver() {
    assertThat(client.call("WAIT", "1", "20")).isEqualTo(0L);
    assertThat(client.call("WAIT", "1", "1")).isEqualTo(0L);
    assertThat(client.call("PING")).isEqualTo("PONG");
  }

  @Test
  void unblockedClient_getsTheErrorAndGoesOn() throws Exception {
    long id = (Long) client.call("CLIENT", "ID");
    CompletableFuture<Object> reply = waiting(client);
    server.client().call("CLIENT", "UNBLOCK", Long.toString(id), "ERROR");
    assertThatThrownBy(() -> reply.get(10, TimeUnit.SECONDS))
        .hasMessageContaining("UNBLOCKED client unblocked via CLIENT UNBLOCK");
    assertThat(client.call("PING")).isEqualTo("PONG");
  }

  @Test
  void messageToAClientThatWaits_isNotTakenForTheReply() throws Exception {
    client.call("HELLO", "3");
    client.call("SUBSCRIBE", "news");
    long id = (Long) client.call("CLIENT", "ID");
    CompletableFuture<Object> reply = waiting(client);
    server.client().call("PUBLISH", "news", "hello");
    server.client().call("CLIENT", "UNBLOCK", Long.toString(id));
    assertThat(reply.get(10, TimeUnit.SECONDS)).isEqualTo(0L);
    assertThat((List<Object>) client.message(10_000)).contains(Bytes.of("hello"));
  }

  @Test
  void messageThatTheClientSendsItself_isNotTakenForTheReply() throws Exception {
    client.call("HELLO", "3");
    assertThat((List<Object>) client.call("SUBSCRIBE", "news")).contains(Bytes.of("subscribe"));
    assertThat(client.call("PUBLISH", "news", "hello")).isEqualTo(1L);
    assertThat((List<Object>) client.message(10_000)).contains(Bytes.of("hello"));
  }

  @Test
  void serverThatIsClosed_endsAWaitInTheSharedClient() {
    CompletableFuture<Object> reply = waiting(server.client());
    server.close();
    assertThatThrownBy(() -> reply.get(10, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(IllegalStateException.class);
  }

  @Test
  void killedClient_says_so() {
    long id = (Long) client.call("CLIENT", "ID");
    CompletableFuture<Object> reply = waiting(client);
    server.client().call("CLIENT", "KILL", "ID", Long.toString(id));
    assertThatThrownBy(() -> reply.get(10, TimeUnit.SECONDS))
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> client.call("PING")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void clientThatHasQuit_runsNoMore() {
    assertThat(client.call("QUIT")).isEqualTo("OK");
    assertThatThrownBy(() -> client.call("PING")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void interruptedWait_isGivenUp() throws Exception {
    AtomicReference<Object> afterwards = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                client.call("WAIT", "1", "0");
              } catch (IllegalStateException e) {
                afterwards.set(Thread.interrupted() ? client.call("PING") : "not interrupted");
              }
            });
    thread.start();
    awaitBlocked(1);
    thread.interrupt();
    thread.join();
    assertThat(afterwards.get()).isEqualTo("PONG");
    assertThat(info("clients")).contains("blocked_clients:0\r\n");
    assertThat(client.call("WAIT", "1", "10")).isEqualTo(0L);
  }
}
