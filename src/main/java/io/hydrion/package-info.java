/**
 * Hydrion, a Redis-compatible cache server: {@link io.hydrion.Hydrion} starts one inside a process,
 * {@link io.hydrion.Main} one of its own.
 */
@NullMarked
package io.hydrion;

import org.jspecify.annotations.NullMarked;
