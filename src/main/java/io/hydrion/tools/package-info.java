/**
 * Programs beside the server, started by the launcher's first argument: {@link
 * io.hydrion.tools.CheckLog} and {@link io.hydrion.tools.CheckRdb}. Each runs on the thread that
 * calls it.
 */
@NullMarked
package io.hydrion.tools;

import org.jspecify.annotations.NullMarked;
