package org.keyward.copy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.keyward.background.RepeatedTask;
import org.keyward.config.CacheSettings;
import org.keyward.signing.Seal;
import org.keyward.zone.ZoneSource;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the copy in the background: soon after the start, then after each interval in which
 * something has changed, and once a day in any case. Thread-safe.
 */
public final class CopyKeeper implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CopyKeeper.class);
  private static final String FILE = "zones.copy";
  private static final Duration FIRST = Duration.ofMinutes(1);
  private static final Duration IN_ANY_CASE = Duration.ofDays(1);
  private static final Duration LOOK = Duration.ofMillis(500);

  private final CacheSettings settings;
  private final ZoneSource zones;
  private final Seal seal;
  private final Supplier<PinNotes> pins;
  private final Clock clock;
  private Optional<RepeatedTask> task = Optional.empty();
  private long triedAt;
  private long copied = -1;
  private volatile Optional<CopyWriter.Written> last = Optional.empty();
  private volatile Optional<String> trouble = Optional.empty();

  /** Tells how often zones have changed; nothing while the database is out of reach. */
  @FunctionalInterface
  public interface Changes {
    OptionalLong count();
  }

  /**
   * @param zones those of the database
   * @param clock by which the copy has its age
   */
  public CopyKeeper(
      CacheSettings settings, ZoneSource zones, Seal seal, Supplier<PinNotes> pins, Clock clock) {
    this.settings = settings;
    this.zones = zones;
    this.seal = seal;
    this.pins = pins;
    this.clock = clock;
  }

  /** Where the copy is. */
  public static Path file(CacheSettings settings) {
    return settings.dir().resolve(FILE);
  }

  public void start(Changes changes) {
    triedAt = System.nanoTime();
    task =
        Optional.of(RepeatedTask.every(LOOK, "copy", () -> look(changes.count())).startAfter(LOOK));
  }

  private void look(OptionalLong now) {
    if (now.isPresent() && isDue(now.getAsLong())) {
      triedAt = System.nanoTime();
      write(now.getAsLong());
    }
  }

  private boolean isDue(long count) {
    Duration since = Duration.ofNanos(System.nanoTime() - triedAt);
    Duration interval = settings.every();
    if (last.isEmpty() && trouble.isEmpty() && interval.compareTo(FIRST) > 0) {
      interval = FIRST;
    }
    boolean news = count != copied && since.compareTo(interval) >= 0;
    return news || since.compareTo(IN_ANY_CASE) >= 0;
  }

  private void write(long count) {
    Path file = file(settings);
    try {
      Files.createDirectories(settings.dir());
      CopyWriter.Written written =
          CopyWriter.write(file, zones, seal, pins.get(), clock.instant(), settings.maxBytes());
      copied = count;
      judge(written);
      last = Optional.of(written);
    } catch (IOException | ZoneStorageException e) {
      say(file + " cannot be written: " + e);
    } catch (RuntimeException | Error e) {
      log.error("copy of the zones", e);
      say(file + " cannot be written: " + e);
    }
  }

  /** Before it counts as written: who sees that there is a copy sees its trouble too. */
  private void judge(CopyWriter.Written written) {
    log.debug("copy: {} zones, {} bytes", written.zones(), written.bytes());
    if (written.leftOut() > 0) {
      say(
          written.leftOut()
              + " zones are not in "
              + file(settings)
              + ": they do not fit into cache.max-megabytes, or cannot be loaded as they are"
              + " stored");
    } else {
      trouble.ifPresent(before -> log.info("copy: all zones are in {} again", file(settings)));
      trouble = Optional.empty();
    }
  }

  private void say(String what) {
    if (!trouble.equals(Optional.of(what))) {
      log.warn("copy: {}", what);
      trouble = Optional.of(what);
    }
  }

  /** When the zones of the copy were read. */
  public Optional<Instant> made() {
    return last.map(CopyWriter.Written::made);
  }

  /** What keeps a start without the database from answering for all zones; one line. */
  public Optional<String> trouble() {
    return trouble;
  }

  /** How long ago the zones of the copy were read; not a number before the first one. */
  public double ageSeconds() {
    return last.map(copy -> Duration.between(copy.made(), clock.instant()).toMillis() / 1e3)
        .orElse(Double.NaN);
  }

  /** How many zones are in it with their records. */
  public double zones() {
    return last.map(copy -> (double) copy.zones()).orElse(Double.NaN);
  }

  /** How long the file is. */
  public double bytes() {
    return last.map(copy -> (double) copy.bytes()).orElse(Double.NaN);
  }

  @Override
  public void close() {
    task.ifPresent(RepeatedTask::close);
    task.ifPresent(RepeatedTask::awaitEnd);
  }
}
