package io.hydrion.config;

import org.jspecify.annotations.Nullable;

/**
 * Where a statement of the configuration stands.
 *
 * @param source what it was read from: "configuration file", "standard input", "environment",
 *     "command line" or "builder"
 * @param file the file's path, where the source is one
 * @param line its line there, counted from 1; 0 where the source has no lines
 * @param text the statement as it was written
 */
public record Origin(String source, @Nullable String file, int line, String text) {}
