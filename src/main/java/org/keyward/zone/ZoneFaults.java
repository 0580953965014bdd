package org.keyward.zone;

import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.keyward.dnssec.NameText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;

/** The zones that cannot be loaded, each logged and reported once for each reason. Thread-safe. */
final class ZoneFaults {
  private static final Logger log = LoggerFactory.getLogger(ZoneFaults.class);

  private final ProblemLog problemLog;
  private final Clock clock;
  private final Map<Integer, ZoneFault> faults = new ConcurrentHashMap<>();

  ZoneFaults(ProblemLog problemLog, Clock clock) {
    this.problemLog = problemLog;
    this.clock = clock;
  }

  /**
   * Notes a zone that cannot be loaded.
   *
   * @param served whether it stays as it was
   */
  void add(int zoneId, Name zone, boolean served, ZoneFaultException failure) {
    ZoneFault before = faults.get(zoneId);
    ZoneFault fault =
        new ZoneFault(
            zone, failure.getMessage(), served, before == null ? clock.instant() : before.since());
    faults.put(zoneId, fault);
    if (!fault.equals(before)) {
      log.error("{}", fault, failure.getCause());
      problemLog.replace(Map.of(zoneId, List.of(problem(fault))));
    }
  }

  private static RecordProblem problem(ZoneFault fault) {
    return new RecordProblem("", RecordProblem.ZONE, "", fault.toString());
  }

  /** The zone is loaded as it is stored, or gone. */
  void end(int zoneId) {
    ZoneFault fault = faults.remove(zoneId);
    if (fault != null) {
      log.info("zone {}: what kept it from being loaded is over", NameText.of(fault.zone()));
    }
  }

  boolean has(int zoneId) {
    return faults.containsKey(zoneId);
  }

  Set<Integer> zones() {
    return Set.copyOf(faults.keySet());
  }

  Collection<ZoneFault> all() {
    return List.copyOf(faults.values());
  }
}
