package org.keyward.app;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.keyward.copy.CopiedZones;
import org.keyward.zone.ProblemLog;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.RecordRow;
import org.keyward.zone.TsigKey;
import org.keyward.zone.ZoneData;
import org.keyward.zone.ZoneHeader;
import org.keyward.zone.ZoneSigning;
import org.keyward.zone.ZoneSource;
import org.xbill.DNS.Name;

/**
 * Where zones are read: in the copy after a start without the database, and in the database from
 * when it is there. Thread-safe.
 */
final class StartSource implements ZoneSource, ProblemLog {
  private final ZoneSource database;
  private final ProblemLog problems;
  private volatile Optional<CopiedZones> copy;

  StartSource(ZoneSource database, ProblemLog problems, Optional<CopiedZones> copy) {
    this.database = database;
    this.problems = problems;
    this.copy = copy;
  }

  /**
   * From now on, if that can be done.
   *
   * @param prepare what has to be done before; throws when the database is not there yet
   */
  void useDatabaseAfter(Runnable prepare) {
    if (copy.isPresent()) {
      prepare.run();
      copy = Optional.empty();
    }
  }

  /** Of when the copy is that zones are read from; empty when they are not. */
  Optional<Instant> copied() {
    return copy.map(CopiedZones::made);
  }

  private ZoneSource now() {
    return copy.<ZoneSource>map(zones -> zones).orElse(database);
  }

  @Override
  public List<ZoneHeader> headers() {
    return now().headers();
  }

  @Override
  public List<ZoneHeader> headers(Set<Integer> ids) {
    return now().headers(ids);
  }

  @Override
  public void readAll(Reader reader) {
    now().readAll(reader);
  }

  @Override
  public Optional<ZoneData> load(int zoneId) {
    return now().load(zoneId);
  }

  @Override
  public Map<Integer, Supplier<ZoneSigning>> signing(Set<Integer> zoneIds) {
    return now().signing(zoneIds);
  }

  @Override
  public List<RecordRow> recordsAt(int zoneId, Set<Name> owners) {
    return now().recordsAt(zoneId, owners);
  }

  @Override
  public List<TsigKey> tsigKeys() {
    return now().tsigKeys();
  }

  @Override
  public List<FoundRecord> search(String pattern, int limit) {
    return now().search(pattern, limit);
  }

  /** What is wrong with zones in the copy was reported before they were copied. */
  @Override
  public Set<Integer> zonesWithProblems() {
    return copy.isPresent() ? Set.of() : problems.zonesWithProblems();
  }

  @Override
  public void replace(Map<Integer, List<RecordProblem>> byZone) {
    if (copy.isEmpty()) {
      problems.replace(byZone);
    }
  }
}
