package io.hydrion;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The packages stand above one another, and each knows only what is below it. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .importUrl(Main.class.getProtectionDomain().getCodeSource().getLocation());

  /** A package, and which others of ours it may use. */
  record Layer(String name, Set<String> below) {
    @Override
    public String toString() {
      return name;
    }
  }

  static final List<Layer> LAYERS =
      List.of(
          new Layer("util", Set.of()),
          new Layer("config", Set.of("util")),
          new Layer("protocol", Set.of("util")),
          new Layer("store", Set.of("util", "config")),
          new Layer("persistence", Set.of("util", "config", "store")),
          new Layer("engine", Set.of("util", "config", "protocol", "store", "persistence")),
          new Layer(
              "command", Set.of("util", "config", "protocol", "store", "persistence", "engine")),
          new Layer(
              "server",
              Set.of("util", "config", "protocol", "store", "persistence", "engine", "command")),
          new Layer("tools", Set.of("util", "config", "store", "persistence")));

  @ParameterizedTest
  @FieldSource("LAYERS")
  void layer_usesOnlyWhatIsBelow(Layer layer) {
    noClasses()
        .that(areIn(layer.name))
        .should()
        .dependOnClassesThat(
            DescribedPredicate.describe(
                "are ours and not in " + layer.below,
                type ->
                    isOurs(type)
                        && !layer.below.contains(packageOf(type))
                        && !areIn(layer.name).test(type)))
        .because("imports run one way")
        .check(CLASSES);
  }

  @Test
  void everyPackage_isALayerOrAtTheTop() {
    List<String> known = new java.util.ArrayList<>(LAYERS.stream().map(Layer::name).toList());
    known.addAll(List.of("", "junit"));
    for (JavaPackage p : packages()) {
      assertThat(known).contains(nameOf(p));
    }
  }

  @Test
  void packages_haveNoCycles() {
    slices().matching("io.hydrion.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void logs_goToLog4jOnly() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.util.logging..")
        .check(CLASSES);
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(Main.class.getName())
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(Throwable.class, "printStackTrace")
        .check(CLASSES);
  }

  @Test
  void everyPackage_isNullMarkedAndDescribed() {
    for (JavaPackage p : packages()) {
      assertThat(p.isAnnotatedWith(NullMarked.class)).as("@NullMarked on %s", p.getName()).isTrue();
    }
  }

  @Test
  void names_sayWhatAClassIs() {
    noClasses()
        .should()
        .haveSimpleNameEndingWith("Util")
        .orShould()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .check(CLASSES);
  }

  private static List<JavaPackage> packages() {
    return CLASSES.stream().map(JavaClass::getPackage).distinct().toList();
  }

  private static boolean isOurs(JavaClass type) {
    return type.getPackageName().equals("io.hydrion")
        || type.getPackageName().startsWith("io.hydrion.");
  }

  private static DescribedPredicate<JavaClass> areIn(String layer) {
    String name = "io.hydrion." + layer;
    return DescribedPredicate.describe(
        "are in " + layer,
        type -> type.getPackageName().equals(name) || type.getPackageName().startsWith(name + "."));
  }

  /** The name of a class's package below ours, in its first part; empty for our own. */
  private static String packageOf(JavaClass type) {
    return nameOf(type.getPackage());
  }

  private static String nameOf(JavaPackage p) {
    String[] parts = p.getName().split("\\.");
    return parts.length > 2 ? parts[2] : "";
  }
}
