package io.hydrion.config;

/**
 * One condition for a snapshot in the background.
 *
 * @param seconds since the last snapshot, at least
 * @param changes to keys since then, at least
 */
public record SavePoint(long seconds, int changes) {}
