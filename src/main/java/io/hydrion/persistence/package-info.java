/**
 * Redis's format of values, as in its database files and in the payloads of DUMP: {@link
 * io.hydrion.persistence.RdbReader} checks and reads every encoding of versions 1 to 12, {@link
 * io.hydrion.persistence.RdbWriter} writes version 10, which Redis 7.0 loads.
 */
@NullMarked
package io.hydrion.persistence;

import org.jspecify.annotations.NullMarked;
