package io.hydrion.config;

import org.jspecify.annotations.Nullable;

/** Makes a part of the server follow new settings. */
@FunctionalInterface
public interface ApplyHook {
  /**
   * Applies what {@code settings} says now. Called with the settings' lock held; must not set or
   * rewrite settings of its own except by {@link Settings#update}.
   *
   * @return null, or why the new value cannot be had; then all is set back and applied again
   */
  @Nullable String apply(Settings settings);
}
