package io.hydrion.command;

import io.hydrion.engine.Command;
import java.util.List;
import java.util.stream.Stream;

/** All families. */
public final class Commands {
  private Commands() {}

  /** The rows of all commands, subcommands within their containers. */
  public static List<Command> all() {
    return Stream.of(
            StringCommands.TABLE,
            BitmapCommands.TABLE,
            SetCommands.TABLE,
            SetAlgebra.TABLE,
            HashCommands.TABLE,
            HashExpiryCommands.TABLE,
            HyperLogLogCommands.TABLE,
            GeoCommands.TABLE,
            SortCommand.TABLE,
            SortedSetCommands.TABLE,
            SortedSetRanges.TABLE,
            SortedSetPops.TABLE,
            SortedSetAlgebra.TABLE,
            ListCommands.TABLE,
            ListQueues.TABLE,
            GenericCommands.TABLE,
            DumpCommands.TABLE,
            MigrateCommand.TABLE,
            ExpireCommands.TABLE,
            ScanCommands.TABLE,
            ObjectCommands.TABLE,
            StreamCommands.TABLE,
            StreamReadCommands.TABLE,
            StreamGroupCommands.TABLE,
            StreamPendingCommands.TABLE,
            StreamDeleteCommands.TABLE,
            StreamInfoCommands.TABLE,
            ConnectionCommands.TABLE,
            ClientCommands.TABLE,
            PersistenceCommands.TABLE,
            ReplicationCommands.TABLE,
            PubSubCommands.TABLE,
            TransactionCommands.TABLE,
            ServerCommands.TABLE,
            ShutdownCommands.TABLE,
            CommandCommands.TABLE,
            ConfigCommands.TABLE,
            InfoCommands.TABLE,
            ObserveCommands.TABLE,
            DebugCommands.TABLE)
        .flatMap(List::stream)
        .toList();
  }
}
