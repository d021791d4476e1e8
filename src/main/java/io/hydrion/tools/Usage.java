package io.hydrion.tools;

import io.hydrion.util.Version;
import java.io.PrintStream;
import java.util.function.IntSupplier;

/** How the programs of this package are called. */
final class Usage {
  private Usage() {}

  /**
   * Does what a program's argument asks for, and returns the exit status.
   *
   * @param argument empty where there is none, or more than one
   * @param task what is done with one that is none of the usual options
   */
  static int run(PrintStream out, String usage, String program, String argument, IntSupplier task) {
    int status =
        switch (argument) {
          case "" -> {
            out.print(usage);
            yield 1;
          }
          case "-h", "--help" -> {
            out.print(usage);
            yield 0;
          }
          case "-v", "--version" -> {
            out.print("hydrion " + program + " " + Version.text() + "\n");
            yield 0;
          }
          default -> task.getAsInt();
        };
    out.flush();
    return status;
  }
}
