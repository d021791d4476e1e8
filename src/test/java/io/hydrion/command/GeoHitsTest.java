package io.hydrion.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.hydrion.store.ScoredSource;
import io.hydrion.util.Bytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Beside a sorted list. */
class GeoHitsTest {
  private record Hit(String member, double score, double distance) {}

  private static final Comparator<Hit> NEAREST = Comparator.comparingDouble(Hit::distance);

  private final long seed = System.nanoTime();
  private final SplittableRandom random = new SplittableRandom(seed);

  @Test
  void sort_anyMost_bestInOrder() {
    for (int round = 0; round < 3000; round++) {
      int n = random.nextInt(200);
      long most = random.nextInt(4) == 0 ? Long.MAX_VALUE : 1 + random.nextInt(60);
      boolean farthest = random.nextBoolean();
      GeoHits hits = new GeoHits(most, farthest);
      List<Hit> model = fill(hits, n);
      model.sort(farthest ? NEAREST.reversed() : NEAREST);
      hits.sort();
      assertThat(hits.count()).isEqualTo((int) Math.min(most, n));
      for (int i = 0; i < hits.count(); i++) {
        Hit hit = model.get(i);
        assertThat(memberAt(hits, i)).as("seed %d", seed).isEqualTo(hit.member);
        assertThat(hits.score(i)).isEqualTo(hit.score);
        assertThat(hits.distance(i)).isEqualTo(hit.distance);
      }
    }
  }

  private List<Hit> fill(GeoHits hits, int n) {
    List<Hit> model = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      Hit hit =
          new Hit(
              "m" + "x".repeat(random.nextInt(20)) + i, random.nextInt(100), random.nextInt(50));
      byte[] bytes = Bytes.of("__" + hit.member);
      hits.add(bytes, 2, bytes.length - 2, hit.score, hit.distance);
      model.add(hit);
    }
    return model;
  }

  private static String memberAt(GeoHits hits, int i) {
    return Bytes.string(hits.members(), hits.offset(i), hits.length(i));
  }

  @Test
  void source_scoresOrDistances_inOrderOfASortedSet() {
    for (int round = 0; round < 1000; round++) {
      double unit = random.nextInt(3) * 1000;
      GeoHits hits = new GeoHits(Long.MAX_VALUE, false);
      List<Hit> model = fill(hits, random.nextInt(100));
      Comparator<Hit> order =
          Comparator.<Hit>comparingDouble(hit -> unit == 0 ? hit.score : hit.distance / unit);
      model.sort(order.thenComparing(Hit::member));
      ScoredSource source = hits.source(unit);
      for (Hit hit : model) {
        assertThat(source.next()).isTrue();
        String member = Bytes.string(source.bytes(), source.offset(), source.length());
        assertThat(member).as("seed %d", seed).isEqualTo(hit.member);
        assertThat(source.score()).isEqualTo(unit == 0 ? hit.score : hit.distance / unit);
      }
      assertThat(source.next()).isFalse();
    }
  }
}
