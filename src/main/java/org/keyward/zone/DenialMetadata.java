package org.keyward.zone;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.keyward.content.MetadataValue;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.Nsec3Parameters;
import org.xbill.DNS.Name;

/**
 * Which denial chains a zone's metadata ask for, and the metadata as PowerDNS is to see them.
 * Immutable.
 */
final class DenialMetadata {
  private static final String NSEC3PARAM = "NSEC3PARAM";
  private static final String NSEC3NARROW = "NSEC3NARROW";
  private static final String PRESIGNED = "PRESIGNED";

  /** What makes PowerDNS publish CDS and CDNSKEY of a key that it has; it has the ZSK alone. */
  private static final Set<String> KSK_ONLY = Set.of("PUBLISH-CDS", "PUBLISH-CDNSKEY");

  private final Name origin;
  private final Map<String, List<String>> metadata;
  private final Optional<ModeSchedule> mode;
  private final DenialSchedule schedule;
  private final List<RecordProblem> problems;

  /**
   * @param metadata that PowerDNS reads
   * @param changes the last ones of the metadata NSEC3PARAM, oldest first
   * @param mode in which Keyward signs it; empty when it does not
   * @param elsewhere signed ahead by others
   */
  DenialMetadata(
      Name origin,
      Map<String, List<String>> metadata,
      List<DenialChange> changes,
      Optional<ModeSchedule> mode,
      boolean elsewhere,
      Instant now) {
    this.origin = origin;
    this.metadata = metadata;
    this.mode = mode;
    Optional<String> value = metadata.getOrDefault(NSEC3PARAM, List.of()).stream().findFirst();
    Optional<Nsec3Parameters> wanted = value.flatMap(this::parse);
    this.schedule =
        mode.isPresent() && isOf(changes, value)
            ? DenialSchedule.of(changes.stream().map(this::wanted).toList())
            : DenialSchedule.fixed(wanted);
    this.problems =
        value.isEmpty() && !isNarrow() ? List.of() : found(value, wanted, elsewhere, now);
  }

  /**
   * Whether the history leads to what the metadata say; on a replica they are from one snapshot.
   */
  private static boolean isOf(List<DenialChange> changes, Optional<String> value) {
    return !changes.isEmpty() && changes.get(changes.size() - 1).nsec3param().equals(value);
  }

  private DenialSchedule.Wanted wanted(DenialChange change) {
    return new DenialSchedule.Wanted(
        change.nsec3param().flatMap(this::parse), change.since(), change.overlap());
  }

  private Optional<Nsec3Parameters> parse(String text) {
    return Nsec3Chain.fits(origin) ? Nsec3Parameters.ifValid(text) : Optional.empty();
  }

  private List<RecordProblem> found(
      Optional<String> value, Optional<Nsec3Parameters> wanted, boolean elsewhere, Instant now) {
    List<RecordProblem> found = new ArrayList<>();
    value
        .flatMap(text -> fault(text, wanted, elsewhere))
        .ifPresent(reason -> found.add(problem(NSEC3PARAM, value.get(), reason)));
    if (isSignedAhead(now) && isNarrow()) {
      found.add(
          problem(
              NSEC3NARROW,
              "1",
              "it is ignored: narrow NSEC3 records are signed at each question, which PowerDNS"
                  + " cannot do for a zone that Keyward signs; delete it"));
    }
    return found;
  }

  private Optional<String> fault(String text, Optional<Nsec3Parameters> parsed, boolean elsewhere) {
    if (parsed.isPresent()) {
      return parsed
          .flatMap(Nsec3Parameters::warning)
          .filter(warning -> !elsewhere); // another server's to change
    }
    if (!Nsec3Chain.fits(origin)) {
      return Optional.of("the zone's name is too long for NSEC3; it has NSEC instead");
    }
    try {
      Nsec3Parameters.parse(text);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(e.getMessage() + "; the zone has NSEC instead");
    }
  }

  private RecordProblem problem(String kind, String content, String reason) {
    return new RecordProblem(NameText.of(origin), kind, content, reason);
  }

  List<RecordProblem> problems() {
    return problems;
  }

  /** Whether Keyward shows signatures over the chains, now or later in a change of mode. */
  private boolean isSignedAhead(Instant now) {
    return mode.isPresent()
        && (mode.get().mode() == SigningMode.PRESIGNED || mode.get().showsSignatures(now));
  }

  private boolean isNarrow() {
    return metadata.getOrDefault(NSEC3NARROW, List.of()).contains("1");
  }

  /** The parameters of all NSEC3 chains that are or will be served from {@code now} on. */
  List<Nsec3Parameters> hashed(Instant now) {
    return isSignedAhead(now) || !isNarrow()
        ? schedule.from(now).stream().flatMap(Optional::stream).toList()
        : List.of();
  }

  DenialSchedule.Live at(Instant now) {
    return schedule.at(now);
  }

  /** The metadata as PowerDNS is to see them now. */
  Map<String, List<String>> shown(Instant now) {
    if (mode.isEmpty()) {
      return metadata.getOrDefault(NSEC3PARAM, List.of()).stream().anyMatch(this::isUnread)
          ? without(NSEC3PARAM)
          : metadata;
    }
    Map<String, List<String>> shown = new TreeMap<>(metadata);
    if (mode.get().showsKeys(now)) {
      shown.keySet().removeAll(KSK_ONLY);
    }
    shown.remove(PRESIGNED);
    if (mode.get().isPresigned(now)) {
      shown.put(PRESIGNED, List.of("1"));
      shown.remove(NSEC3NARROW);
    }
    shown.remove(NSEC3PARAM);
    schedule.at(now).current().ifPresent(chain -> shown.put(NSEC3PARAM, List.of(chain.text())));
    return shown;
  }

  private boolean isUnread(String parameters) {
    return MetadataValue.fault(NSEC3PARAM, parameters).isPresent();
  }

  private Map<String, List<String>> without(String kind) {
    Map<String, List<String>> others = new TreeMap<>(metadata);
    others.remove(kind);
    return others;
  }
}
