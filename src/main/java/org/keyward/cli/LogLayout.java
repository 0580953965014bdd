package org.keyward.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.LayoutBase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.keyward.config.LogSettings.Format;

/**
 * A line of the log: text, each with the priority that journald reads where it is what listens, or
 * JSON. What other people write must not make lines, or move the cursor, and may be long.
 */
public final class LogLayout extends LayoutBase<ILoggingEvent> {
  private static final int LONGEST = 4_000;
  private static final String MARK = "\uFFFD";
  private static final String ACTIVE =
      "[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSX").withZone(ZoneOffset.UTC);

  private final ThrowableProxyConverter failure = new ThrowableProxyConverter();
  private final boolean journal;
  private volatile Format format = Format.TEXT;

  /** As logback makes it. */
  public LogLayout() {
    this(isJournal(System.getenv("JOURNAL_STREAM")));
  }

  LogLayout(boolean journal) {
    this.journal = journal;
  }

  /** Whether standard error is what systemd has connected to the journal. */
  private static boolean isJournal(String stream) {
    if (stream == null) {
      return false;
    }
    try {
      Map<String, Object> there = Files.readAttributes(Path.of("/proc/self/fd/2"), "unix:dev,ino");
      return stream.equals(there.get("dev") + ":" + there.get("ino"));
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return false;
    }
  }

  void use(Format chosen) {
    format = chosen;
  }

  @Override
  public void start() {
    failure.setOptionList(List.of("short"));
    failure.start();
    super.start();
  }

  @Override
  public String doLayout(ILoggingEvent event) {
    return format == Format.JSON ? json(event) : text(event);
  }

  private String text(ILoggingEvent event) {
    String line =
        "%s %-5s %s - %s"
            .formatted(
                time(event), event.getLevel(), logger(event), plain(event.getFormattedMessage()));
    return (line + "\n" + failure(event))
        .lines()
        .map(one -> (journal ? priority(event.getLevel()) : "") + one + "\n")
        .collect(Collectors.joining());
  }

  private String json(ILoggingEvent event) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("time", time(event));
    fields.put("level", event.getLevel().toString().toLowerCase(Locale.ROOT));
    fields.put("logger", logger(event));
    fields.put("message", plain(event.getFormattedMessage()));
    String thrown = failure(event).strip();
    if (!thrown.isEmpty()) {
      fields.put("error", thrown);
    }
    return Listing.jsonLine(fields) + "\n";
  }

  private static String time(ILoggingEvent event) {
    return TIME.format(Instant.ofEpochMilli(event.getTimeStamp()));
  }

  private static String logger(ILoggingEvent event) {
    String name = event.getLoggerName();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static String plain(String message) {
    String text = String.valueOf(message);
    return text.substring(0, Math.min(LONGEST, text.length())).replaceAll(ACTIVE, MARK);
  }

  private String failure(ILoggingEvent event) {
    return failure.convert(event).replaceAll("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]", MARK);
  }

  /** Of syslog: 3 is an error, 4 a warning, 6 information, 7 for debugging. */
  private static String priority(Level level) {
    int priority =
        level.isGreaterOrEqual(Level.ERROR)
            ? 3
            : level.isGreaterOrEqual(Level.WARN) ? 4 : level.isGreaterOrEqual(Level.INFO) ? 6 : 7;
    return "<" + priority + ">";
  }
}
