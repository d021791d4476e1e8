package io.hydrion.engine;

/** A blocked client: what it waits for. */
final class Waiter {}
