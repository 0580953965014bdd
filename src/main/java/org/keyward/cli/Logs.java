package org.keyward.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import java.util.Iterator;
import org.keyward.config.LogSettings;
import org.slf4j.LoggerFactory;

/** Gives the log of this process the form and the levels of the configuration. */
final class Logs {
  private Logs() {}

  static void use(LogSettings settings) {
    if (settings.equals(LogSettings.DEFAULT)) {
      return;
    }
    settings
        .levels()
        .forEach(
            (name, level) ->
                ((Logger) LoggerFactory.getLogger(name)).setLevel(Level.valueOf(level)));
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    for (Iterator<Appender<ILoggingEvent>> all = root.iteratorForAppenders(); all.hasNext(); ) {
      if (all.next() instanceof ConsoleAppender<ILoggingEvent> console
          && console.getEncoder() instanceof LayoutWrappingEncoder<ILoggingEvent> encoder
          && encoder.getLayout() instanceof LogLayout layout) {
        layout.use(settings.format());
      }
    }
  }
}
