/**
 * Redis's format of values and of database files. {@link io.hydrion.persistence.RdbReader} checks
 * and reads every encoding of versions 1 to 12, from a payload of DUMP or a part at a time from a
 * file; {@link io.hydrion.persistence.RdbWriter} writes version 10, which Redis 7.0 loads. {@link
 * io.hydrion.persistence.RdbFileReader} and {@link io.hydrion.persistence.RdbFileWriter} do whole
 * files, {@link io.hydrion.persistence.RdbKeyWriter} the keys in them, {@link
 * io.hydrion.persistence.RdbToCommands} says a file in commands. None of these is shared between
 * threads.
 *
 * <p>{@link io.hydrion.persistence.AppendLog} is the one path of effects to the disk, shared by all
 * threads; its essay tells of its locks. A {@link io.hydrion.persistence.LogDirectory} has the form
 * and the files: {@link io.hydrion.persistence.AofDirectory} Redis's, {@link
 * io.hydrion.persistence.WalDirectory} segments with sums and checkpoints. Which files there are,
 * and what they are called, is a matter of {@code AofFiles} and {@code WalFiles}; they are read
 * back by {@code AofLoader} and {@code WalLoader}.
 */
@NullMarked
package io.hydrion.persistence;

import org.jspecify.annotations.NullMarked;
