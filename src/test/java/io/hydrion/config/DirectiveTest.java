package io.hydrion.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DirectiveTest {
  @Test
  void table_isCompleteAndWithoutDuplicates() {
    assertThat(Directive.all()).hasSizeGreaterThan(190);
    Set<String> names = new HashSet<>();
    for (Directive directive : Directive.all()) {
      assertThat(names.add(directive.name())).as(directive.name()).isTrue();
      assertThat(directive.alias() == null || names.add(directive.alias())).isTrue();
    }
  }

  @Test
  void find_nameAliasOrAnyCase_isTheSameRow() {
    assertThat(Directive.find("slaveof")).isSameAs(Directive.find("ReplicaOf"));
    assertThat(Directive.find("list-max-ziplist-size"))
        .isSameAs(Directive.of("list-max-listpack-size"));
    assertThat(Directive.find("server_cpulist")).isSameAs(Directive.find("server-cpulist"));
    assertThat(Directive.find("nosuch")).isNull();
  }

  /** What CONFIG GET shows must be a value that CONFIG SET and a file take. */
  @Test
  void defaultText_everyRow_parsesToTheDefault() throws Exception {
    for (Directive directive : Directive.all()) {
      String text = directive.defaultText();
      if (directive.statement() || directive.name().equals("dir")) {
        continue;
      }
      List<String> args =
          directive.multiArgument() ? Arrays.asList(text.split(" ")) : List.of(text);
      if (directive.name().equals("replicaof")) {
        args = List.of("no", "one");
      }
      Object base =
          directive.defaultValue() instanceof OutputBufferLimits limits ? limits : List.of();
      assertThat(directive.kind().parse(args, base))
          .as(directive.name())
          .isEqualTo(directive.defaultValue());
    }
  }

  @Test
  void rows_haveWhatTheServerRelieson() {
    assertThat(Directive.of("requirepass").sensitive()).isTrue();
    assertThat(Directive.of("databases").mutability()).isEqualTo(Directive.Mutability.IMMUTABLE);
    assertThat(Directive.of("dir").mutability()).isEqualTo(Directive.Mutability.PROTECTED);
    assertThat(Directive.of("cluster-enabled").support()).isEqualTo(Directive.Support.ACCEPTED);
    assertThat(Directive.of("maxmemory").support()).isEqualTo(Directive.Support.SUPPORTED);
    assertThat(Directive.of("include").statement()).isTrue();
  }
}
