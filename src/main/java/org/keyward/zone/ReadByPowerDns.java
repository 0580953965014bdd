package org.keyward.zone;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.keyward.content.HostAddress;
import org.keyward.content.KeyText;
import org.keyward.content.MetadataValue;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;

/**
 * What PowerDNS can read of a zone beside its records. The rest is left out: one value of one zone
 * can end PowerDNS, keep it from seeing new zones, or the zone from being answered.
 *
 * @param metadata kind to values
 * @param problems what is left out, and why
 */
record ReadByPowerDns(
    Map<String, List<String>> metadata, List<CryptoKey> cryptokeys, List<RecordProblem> problems) {
  private static final String NSEC3PARAM = "NSEC3PARAM";

  static ReadByPowerDns of(ZoneData data) {
    List<RecordProblem> problems = new ArrayList<>(0);
    Name origin = data.header().origin();
    for (String primary : data.header().masters()) {
      if (!HostAddress.isServer(primary)) {
        problems.add(
            problem(
                origin,
                "MASTER",
                primary,
                "its primary is no address; write 192.0.2.1, 192.0.2.1:5300 or [2001:db8::1]:5300"
                    + " into domains.master, not a name"));
      }
    }
    return new ReadByPowerDns(metadata(data, problems), cryptokeys(data, problems), problems);
  }

  private static RecordProblem problem(Name origin, String type, String content, String reason) {
    return new RecordProblem(NameText.of(origin), type, content, reason);
  }

  /** What is wrong with NSEC3PARAM is told, and cured, where the chains are made. */
  private static Map<String, List<String>> metadata(ZoneData data, List<RecordProblem> problems) {
    if (data.metadata().isEmpty()) {
      return Map.of();
    }
    Map<String, List<String>> metadata = new TreeMap<>();
    data.metadata()
        .forEach(
            (kind, values) -> {
              List<String> read =
                  values.stream()
                      .filter(
                          value -> kind.equals(NSEC3PARAM) || isRead(data, kind, value, problems))
                      .toList();
              if (!read.isEmpty()) {
                metadata.put(kind, read);
              }
            });
    return metadata;
  }

  private static boolean isRead(
      ZoneData data, String kind, String value, List<RecordProblem> problems) {
    Optional<String> fault = MetadataValue.fault(kind, value);
    fault.ifPresent(
        why ->
            problems.add(
                problem(data.header().origin(), kind, value, "in domainmetadata: " + why)));
    return fault.isEmpty();
  }

  private static List<CryptoKey> cryptokeys(ZoneData data, List<RecordProblem> problems) {
    return data.cryptokeys().stream()
        .filter(
            key -> {
              Optional<String> fault =
                  Optional.of(key.content())
                      .filter(content -> !content.isClosed())
                      .flatMap(content -> KeyText.fault(content.reveal()));
              fault.ifPresent(
                  why ->
                      problems.add(
                          problem(
                              data.header().origin(),
                              "CRYPTOKEY",
                              "id " + key.id(),
                              "the key is left out: " + why)));
              return fault.isEmpty();
            })
        .toList();
  }
}
