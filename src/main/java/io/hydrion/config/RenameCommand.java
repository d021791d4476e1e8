package io.hydrion.config;

/**
 * A {@code rename-command} statement.
 *
 * @param from the command's name
 * @param to its new name; empty where the command is to be removed
 * @param origin where the statement stands, to name it where the server finds no such command
 */
public record RenameCommand(String from, String to, Origin origin) {}
