package org.keyward.app;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.keyward.signing.Finding.Kind;
import org.keyward.store.Database;
import org.keyward.store.ZonesToCheck;
import org.keyward.store.ZonesToCheck.ToCheck;
import org.keyward.zone.MasterFile;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.ZoneData;
import org.keyward.zone.check.Finding;
import org.keyward.zone.check.Severity;
import org.keyward.zone.check.ZoneCheck;
import org.keyward.zone.check.ZoneFacts;
import org.xbill.DNS.Name;

/** What is wrong with zones: by the rules, and by what was seen of them. */
final class ZoneChecks {
  private static final Set<String> SAID_BY_RULES =
      Set.of(Kind.RECORDS_LEFT_OUT.word(), Kind.ZONE_NOT_LOADED.word());

  /** Records that are kept to be checked together, and how many of them a zone counts for. */
  private static final int AT_ONCE = 50_000;

  private static final int ZONE = 20;

  private final ZonesToCheck zones;
  private final Clock clock;

  ZoneChecks(Database database, Clock clock) {
    this.zones = new ZonesToCheck(database);
    this.clock = clock;
  }

  /** Of one zone, the worst first; empty when there is no such zone. */
  Optional<List<Finding>> of(Name zone) {
    return zones.find(zone).map(this::findings);
  }

  /**
   * Of all zones that something is wrong with. All are read once, in parts, and checked by all
   * processors.
   *
   * @param total how many zones there are, for the steps
   */
  SortedMap<Name, List<Finding>> ofAll(long total, Steps steps) {
    All all = new All(total, steps);
    zones.readAll(all::add);
    all.check();
    return all.found;
  }

  /** What is read is checked before there is much of it. */
  private final class All {
    private final SortedMap<Name, List<Finding>> found = new TreeMap<>();
    private final List<ToCheck> read = new ArrayList<>();
    private final long total;
    private final Steps steps;
    private long records;
    private long checked;

    All(long total, Steps steps) {
      this.total = total;
      this.steps = steps;
    }

    void add(ToCheck zone) {
      read.add(zone);
      records += ZONE + zone.records();
      if (records > AT_ONCE) {
        check();
      }
    }

    void check() {
      steps.at("checking zones", checked, total);
      List<List<Finding>> findings = read.parallelStream().map(ZoneChecks.this::findings).toList();
      for (int i = 0; i < read.size(); i++) {
        if (!findings.get(i).isEmpty()) {
          found.put(read.get(i).header().origin(), findings.get(i));
        }
      }
      checked += read.size();
      records = 0;
      read.clear();
    }
  }

  private List<Finding> findings(ToCheck zone) {
    List<Finding> found = new ArrayList<>(byRules(zone));
    zone.findings().stream().map(ZoneChecks::seen).flatMap(Optional::stream).forEach(found::add);
    found.sort(Comparator.comparing(Finding::severity));
    return found;
  }

  private List<Finding> byRules(ToCheck zone) {
    ZoneData data;
    try {
      data = zone.data().get();
    } catch (RuntimeException e) {
      return List.of(
          new Finding(
              Severity.ERROR, "zone-not-read", "", "", "", "it cannot be read: " + e.getMessage()));
    }
    List<RecordProblem> leftOut = new ArrayList<>(zone.unreadable());
    leftOut.addAll(MasterFile.problems(data, clock));
    leftOut.addAll(zone.notLoaded());
    return ZoneCheck.run(new ZoneFacts(data, leftOut, zone.keys(), zone.mode(), zone.parent()));
  }

  /**
   * What was seen between servers, tokens and parents, unless a rule says it of the zone itself.
   */
  private static Optional<Finding> seen(Map<String, Object> row) {
    String kind = String.valueOf(row.get("kind"));
    if (SAID_BY_RULES.contains(kind)) {
      return Optional.empty();
    }
    return Optional.of(
        new Finding(
            "critical".equals(row.get("severity")) ? Severity.ERROR : Severity.WARNING,
            kind,
            "",
            "",
            "",
            row.get("message") + "; " + row.get("todo")));
  }
}
