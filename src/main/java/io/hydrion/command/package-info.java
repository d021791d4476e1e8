/**
 * The commands, one file a family: its table of rows on top, the handlers below in the table's
 * order. A handler knows its arguments, its keys and its reply; locks, logs and notices are the
 * engine's.
 */
@NullMarked
package io.hydrion.command;

import org.jspecify.annotations.NullMarked;
