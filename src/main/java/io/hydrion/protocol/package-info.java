/**
 * The wire: RESP2, RESP3 and inline commands in, replies out. Imports nothing of ours but {@code
 * util}. No type here is thread-safe: a decoder belongs to its connection, a batch and a writer to
 * the I/O thread that uses them.
 */
@NullMarked
package io.hydrion.protocol;

import org.jspecify.annotations.NullMarked;
