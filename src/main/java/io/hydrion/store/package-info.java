/**
 * The data. A {@link io.hydrion.store.Keyspace} is cut into {@link io.hydrion.store.Shard}s by hash
 * slot; a shard has, for each database, a {@link io.hydrion.store.Partition}: an {@link
 * io.hydrion.store.Arena} of flat records and a {@link io.hydrion.store.KeyIndex} for each slot.
 * All state below a shard is guarded by the shard's lock; nothing here knows RESP.
 */
@NullMarked
package io.hydrion.store;

import org.jspecify.annotations.NullMarked;
