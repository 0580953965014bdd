package org.keyward.remote;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.keyward.remote.Reply.Outcome;

/** Times requests by method and outcome. Thread-safe. */
final class RequestMetrics {
  static final String UNKNOWN_METHOD = "unknown";

  /** Only these become labels: a client must not be able to make new ones. */
  private static final Set<String> METHODS =
      Set.of(
          "initialize",
          "lookup",
          "APILookup",
          "list",
          "getBeforeAndAfterNamesAbsolute",
          "getAllDomainMetadata",
          "getDomainMetadata",
          "getDomainKeys",
          "getDomainInfo",
          "getAllDomains",
          "getTSIGKey",
          "getTSIGKeys",
          "searchRecords",
          "directBackendCmd",
          "startTransaction",
          "commitTransaction",
          "abortTransaction",
          "feedRecord",
          "feedEnts",
          "feedEnts3",
          "replaceRRSet",
          "setDomainMetadata",
          "addDomainKey",
          "removeDomainKey",
          "activateDomainKey",
          "deactivateDomainKey",
          "publishDomainKey",
          "unpublishDomainKey",
          "setTSIGKey",
          "deleteTSIGKey",
          "getUpdatedMasters",
          "getUnfreshSlaveInfos",
          "setNotified",
          "setFresh",
          "setStale",
          "superMasterBackend",
          "createSlaveDomain",
          "calculateSOASerial");

  /** PowerDNS gives up after two seconds. */
  private static final Duration[] BUCKETS = {
    Duration.ofNanos(100_000),
    Duration.ofMillis(1),
    Duration.ofMillis(10),
    Duration.ofMillis(100),
    Duration.ofSeconds(1),
    Duration.ofSeconds(2)
  };

  private final MeterRegistry registry;
  private final Map<String, Map<Outcome, Timer>> timers = new ConcurrentHashMap<>();

  RequestMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  static boolean isKnown(String method) {
    return METHODS.contains(method);
  }

  void record(String method, Outcome outcome, long nanoseconds) {
    String label = METHODS.contains(method) ? method : UNKNOWN_METHOD;
    timers
        .computeIfAbsent(label, this::timers)
        .get(outcome)
        .record(nanoseconds, TimeUnit.NANOSECONDS);
  }

  private Map<Outcome, Timer> timers(String method) {
    Map<Outcome, Timer> made = new EnumMap<>(Outcome.class);
    for (Outcome outcome : Outcome.values()) {
      made.put(
          outcome,
          Timer.builder("keyward.remote.requests")
              .description("Requests of PowerDNS, until the reply is ready to be written")
              .serviceLevelObjectives(BUCKETS)
              .tag("method", method)
              .tag("result", outcome.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    return made;
  }
}
