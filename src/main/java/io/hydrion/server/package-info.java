/**
 * The RESP port: listeners, connections, and the event loops that run commands. A connection and
 * its session belong to one event loop; each loop has one {@link io.hydrion.engine.Worker}.
 */
@NullMarked
package io.hydrion.server;

import org.jspecify.annotations.NullMarked;
