package io.hydrion.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives a test class a running {@link io.hydrion.Hydrion}, empty before each test: as a parameter
 * of its constructor, tests and life-cycle methods, or as a client or a store of it.
 *
 * <pre>{@code
 * @HydrionTest
 * class CacheTest {
 *   @Test
 *   void remembers(Hydrion server) {
 *     var jedis = new Jedis("localhost", server.port());
 *     ...
 *   }
 * }
 * }</pre>
 */
@Documented
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(HydrionExtension.class)
public @interface HydrionTest {
  /** Directives of the server's configuration, each as a line of a configuration file. */
  String[] value() default {};
}
