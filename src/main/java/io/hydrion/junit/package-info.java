/** A running server for JUnit tests. */
@NullMarked
package io.hydrion.junit;

import org.jspecify.annotations.NullMarked;
