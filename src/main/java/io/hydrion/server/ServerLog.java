package io.hydrion.server;

import io.hydrion.config.ConfigView;
import io.hydrion.config.LogLevel;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.appender.ConsoleAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.builder.api.AppenderComponentBuilder;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilder;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilderFactory;
import org.apache.logging.log4j.core.config.builder.impl.BuiltConfiguration;

/**
 * Sets the process's log up as loglevel and logfile ask; for a server that has the process to
 * itself.
 */
public final class ServerLog {
  private static final int QUEUE_LENGTH = 8192;

  /** As Redis's lines: process, role, time, a sign for the level, text. */
  private static final String PATTERN =
      "%pid:M %d{dd MMM yyyy HH:mm:ss.SSS} %level{TRACE=.,DEBUG=-,INFO=*,WARN=#,ERROR=#,FATAL=#}"
          + " %m%n%throwable";

  private ServerLog() {}

  /** Begins to log. */
  public static void start(ConfigView config) {
    ConfigurationBuilder<BuiltConfiguration> builder =
        ConfigurationBuilderFactory.newConfigurationBuilder();
    builder.setStatusLevel(Level.ERROR);
    builder.setShutdownHook("disable");
    String file = config.logfile();
    AppenderComponentBuilder sink =
        file.isEmpty()
            ? builder
                .newAppender("sink", "Console")
                .addAttribute("target", ConsoleAppender.Target.SYSTEM_OUT)
            : builder
                .newAppender("sink", "File")
                .addAttribute("fileName", config.resolve(file).toString());
    builder.add(sink.add(builder.newLayout("PatternLayout").addAttribute("pattern", PATTERN)));
    builder.add(
        builder
            .newAppender("async", "Async")
            .addAttribute("bufferSize", QUEUE_LENGTH)
            .addComponent(builder.newAppenderRef("sink")));
    builder.add(
        builder.newRootLogger(level(config.loglevel())).add(builder.newAppenderRef("async")));
    Configurator.reconfigure(builder.build());
  }

  /** Changes the level while the server runs. */
  public static void setLevel(LogLevel level) {
    Configurator.setRootLevel(level(level));
  }

  private static Level level(LogLevel level) {
    return switch (level) {
      case DEBUG -> Level.TRACE;
      case VERBOSE -> Level.DEBUG;
      case NOTICE -> Level.INFO;
      case WARNING -> Level.WARN;
      case NOTHING -> Level.OFF;
    };
  }
}
