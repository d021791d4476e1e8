package io.hydrion.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.Hydrion;
import io.hydrion.HydrionClient;
import io.hydrion.Store;
import io.hydrion.util.Bytes;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

@HydrionTest({"maxmemory 64mb", "maxmemory-policy allkeys-lru", "databases 3"})
class HydrionExtensionTest {
  private static Hydrion seen;
  private final Hydrion server;

  HydrionExtensionTest(Hydrion server) {
    this.server = server;
  }

  @BeforeEach
  void prepare(HydrionClient client, Store store) {
    assertThat(store.size()).isZero();
    client.set("prepared", "yes");
  }

  @Test
  void parameters_areOfOneServer(Hydrion same, HydrionClient client, Store store) {
    assertThat(same).isSameAs(server);
    client.set("k", "v");
    assertThat(store.get(Bytes.of("k"))).isEqualTo(Bytes.of("v"));
    assertThat(client.get("prepared")).isEqualTo("yes");
    try (Jedis jedis = new Jedis("localhost", server.port())) {
      assertThat(jedis.get("k")).isEqualTo("v");
    }
  }

  @RepeatedTest(3)
  void eachTest_findsTheSameServerEmpty(Hydrion now, HydrionClient client) {
    assertThat(seen == null || seen == now).isTrue();
    seen = now;
    assertThat(client.call("DBSIZE")).isEqualTo(1L);
    client.call("SELECT", "2");
    client.set("elsewhere", "x");
    client.call("SELECT", "0");
  }

  @Test
  void directives_areTheServersSettings(HydrionClient client) {
    assertThat(client.call("CONFIG", "GET", "databases"))
        .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
        .containsExactly(Bytes.of("databases"), Bytes.of("3"));
    assertThat(client.call("CONFIG", "GET", "maxmemory-policy")).isInstanceOf(List.class);
  }

  @Nested
  class Inner {
    @Test
    void nestedTests_shareTheServer(Hydrion same, HydrionClient client) {
      assertThat(same).isSameAs(server);
      assertThat(client.get("prepared")).isEqualTo("yes");
    }
  }
}
