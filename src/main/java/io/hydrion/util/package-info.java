/**
 * What every other package stands on: bytes, hashing, time. Nothing here knows of Redis but for the
 * slot function; nothing but {@link io.hydrion.util.Heap} holds state that is shared between
 * threads.
 */
@NullMarked
package io.hydrion.util;

import org.jspecify.annotations.NullMarked;
