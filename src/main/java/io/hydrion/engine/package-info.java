/**
 * How a command runs: the table of commands, the dispatcher that takes them through their checks
 * and locks, sessions, transactions, publish/subscribe, blocking, errands, expiry, eviction and
 * notifications.
 *
 * <p>Commands run in place on the I/O thread that read them. What belongs to one thread is reached
 * through its {@link io.hydrion.engine.Worker}; what belongs to one client through its {@link
 * io.hydrion.engine.Session}, which only its own I/O thread changes but for fields that say
 * otherwise; keys are guarded by their shard's lock.
 */
@NullMarked
package io.hydrion.engine;

import org.jspecify.annotations.NullMarked;
