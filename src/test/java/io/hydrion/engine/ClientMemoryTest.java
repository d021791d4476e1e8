package io.hydrion.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.command.ManualClock;
import io.hydrion.config.Config;
import io.hydrion.config.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientMemoryTest {
  private final Settings settings = new Settings(Config.defaults());
  private final Engine engine =
      new Engine(settings, List.of(), Map.of(), new ManualClock(), new SplittableRandom(1));
  private final ClientMemory memory = engine.clientMemory();

  @AfterEach
  void stop() {
    engine.close();
  }

  /** A client whose replies are as large as it is told. */
  private final class Client implements Outlet {
    final Session session =
        new Session(engine.sessions().nextId(), this, "a:1", "b:2", true, false, 0);
    volatile long pending;
    boolean closed;

    Client(long pending) {
      this.pending = pending;
      engine.sessions().add(session);
      memory.update(session);
    }

    @Override
    public void send(byte[] bytes) {}

    @Override
    public void close(boolean gently) {
      closed = true;
      assertThat(gently).isFalse();
    }

    @Override
    public void resume() {}

    @Override
    public long pendingBytes() {
      return pending;
    }

    @Override
    public void execute(Runnable task) {}
  }

  private void limit(String value) {
    assertThat(settings.set("maxmemory-clients", value)).isNull();
  }

  @Test
  void update_sumsWhatClientsHold() {
    Client a = new Client(100);
    Client b = new Client(50);
    assertThat(memory.total()).isEqualTo(150);
    a.pending = 10;
    a.session.queryCapacity = 7;
    memory.update(a.session);
    assertThat(memory.total()).isEqualTo(67);
    engine.disconnected(b.session);
    assertThat(memory.total()).isEqualTo(17);
    memory.update(b.session);
    assertThat(memory.total()).as("what has ended counts no more").isEqualTo(17);
  }

  @Test
  void beyondTheLimit_theLargestAreClosed_asManyAsItTakes() {
    Client small = new Client(100);
    Client middle = new Client(300);
    Client large = new Client(500);
    limit("450");
    assertThat(List.of(small.closed, middle.closed, large.closed))
        .containsExactly(false, false, true);
    assertThat(large.session.isCutOff()).isTrue();
    assertThat(large.session.isClosing()).isTrue();
    limit("50");
    assertThat(small.closed && middle.closed).isTrue();
    assertThat(memory.total()).isZero();
    assertThat(memory.evictedClients()).isEqualTo(3);
    engine.disconnected(large.session);
    assertThat(memory.total()).isZero();
  }

  @Test
  void noEvict_sparesAClient_butNotFromTheBound() {
    limit("400");
    Client spared = new Client(0);
    spared.session.setNoEvict(true);
    spared.pending = 1000;
    memory.update(spared.session);
    assertThat(spared.closed).isFalse();
    Client other = new Client(1);
    assertThat(other.closed).as("the only one that may be closed").isTrue();
    memory.setAvailable(3000);
    memory.update(spared.session);
    assertThat(spared.closed).isTrue();
  }

  @Test
  void percentage_isOneOfMaxmemory() {
    Client client = new Client(600);
    limit("5%");
    memory.updateAll();
    assertThat(client.closed).as("no maxmemory, no limit").isFalse();
    assertThat(settings.set("maxmemory", "20000")).isNull();
    memory.updateAll();
    assertThat(client.closed).isFalse();
    assertThat(settings.set("maxmemory", "10000")).isNull();
    memory.updateAll();
    assertThat(client.closed).isTrue();
  }

  @Test
  void repliesThatHaveLeft_areNoticedBeforeAClientIsClosed() {
    limit("1000");
    Client left = new Client(900);
    left.pending = 0;
    Client other = new Client(200);
    assertThat(left.closed || other.closed).isFalse();
    assertThat(memory.total()).isEqualTo(200);
  }

  @Test
  void manyThreads_leaveASumThatIsRight() throws Exception {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      clients.add(new Client(0));
    }
    long seed = System.nanoTime();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> running = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        SplittableRandom random = new SplittableRandom(seed + t);
        running.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 20_000; i++) {
                    Client client = clients.get(random.nextInt(clients.size()));
                    switch (random.nextInt(50)) {
                      case 0 -> memory.updateAll();
                      case 1 -> engine.disconnected(clients.get(random.nextInt(5)).session);
                      default -> {
                        client.pending = random.nextInt(1000);
                        memory.update(client.session);
                      }
                    }
                  }
                }));
      }
      for (Future<?> one : running) {
        one.get(60, TimeUnit.SECONDS);
      }
    }
    memory.updateAll();
    long expected = clients.stream().skip(5).mapToLong(client -> client.pending).sum();
    long gone =
        clients.stream()
            .limit(5)
            .filter(c -> engine.sessions().find(c.session.id()) == null)
            .count();
    assertThat(gone).as("seed %d", seed).isEqualTo(5);
    assertThat(memory.total()).as("seed %d", seed).isEqualTo(expected);
  }
}
