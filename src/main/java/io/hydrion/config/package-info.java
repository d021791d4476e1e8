/**
 * What the server is told: every directive of redis.conf in one table, the ways to give it a value
 * (a file in redis.conf, YAML or JSON syntax, standard input, environment variables, command-line
 * flags, a builder), and the live values behind CONFIG GET, SET and REWRITE.
 *
 * <p>Read in this order: {@link io.hydrion.config.Directive} is a row, {@code DirectiveTable} has
 * all of them, {@code Kind} and its subclasses know how a value is read and written. {@link
 * io.hydrion.config.Config} is what a server starts with: immutable, made by {@code ConfigLoader}.
 * {@link io.hydrion.config.Settings} is what it runs with: writers take one lock, readers read
 * volatile fields; it holds no thread. Texts are kept as strings that lose no byte, see {@link
 * io.hydrion.config.ConfigText}.
 */
@NullMarked
package io.hydrion.config;

import org.jspecify.annotations.NullMarked;
