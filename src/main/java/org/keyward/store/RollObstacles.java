package org.keyward.store;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.dnssec.NameText;
import org.keyward.keyset.KeyRole;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/**
 * Why no key of a zone takes the place of another, whatever its keys are: one line with the way
 * round, to be read after the zone's name.
 */
final class RollObstacles {
  private RollObstacles() {}

  /** Zones in which keys of a role are replaced, as a condition on {@code keyward.assignment a}. */
  static String none(KeyRole role) {
    return """
        a.state = 'signed' AND a.mode IN (%s) AND a.next_mode IS NULL AND a.adopt_after IS NULL
          AND a.domain_id IS NOT NULL\
        """
        .formatted(role == KeyRole.KSK ? "'presigned', 'split'" : "'presigned'");
  }

  /** Empty when nothing is in the way. */
  static Optional<String> of(
      Handle handle, Name name, Optional<KeySetRows.Zone> assigned, KeyRole role) {
    return assigned.isEmpty() ? Optional.of(withoutKey(handle, name)) : of(assigned.get(), role);
  }

  static Optional<String> of(KeySetRows.Zone zone, KeyRole role) {
    String name = NameText.of(zone.origin());
    if (zone.changing()) {
      return Optional.of(" is changing its mode; ask again when that is over");
    }
    if (zone.mode() == SigningMode.POWERDNS) {
      return Optional.of(
          " goes over to PowerDNS with its keys, and 'pdnsutil' replaces them there");
    }
    if (zone.state().equals("leaving")) {
      return Optional.of(
          " is on its way to unsigned; 'keyward assign " + name + "' with its key keeps it signed");
    }
    if (!zone.state().equals("signed")) {
      return Optional.of(
          " is not signed yet; ask again when it is ('keyward status " + name + "')");
    }
    return zone.mode() == SigningMode.SPLIT && role == KeyRole.ZSK
        ? Optional.of(
            " is in mode split, in which only its KSK is replaced; take it to mode presigned first"
                + " ('keyward mode "
                + name
                + " presigned'), and back when the roll is over")
        : Optional.empty();
  }

  /** By role. */
  static Map<KeyRole, String> of(KeySetRows.Zone zone) {
    Map<KeyRole, String> obstacles = new EnumMap<>(KeyRole.class);
    for (KeyRole role : KeyRole.values()) {
      of(zone, role).ifPresent(why -> obstacles.put(role, why));
    }
    return obstacles;
  }

  /** Of a zone for which Keyward uses no key: who signs it, if anybody does, replaces its keys. */
  static String withoutKey(Handle handle, Name name) {
    String zone = NameText.of(name);
    return handle
        .createQuery(
            """
            SELECT upper(d.type) IN ('SLAVE', 'CONSUMER') AS copied,
              EXISTS (SELECT FROM keyward.powerdns_keys k WHERE k.domain_id = d.id) AS keys,
              EXISTS (SELECT FROM public.domainmetadata m
                WHERE m.domain_id = d.id AND m.kind = 'PRESIGNED' AND m.content = '1') AS signed
            FROM public.domains d WHERE d.name = ANY(:names)
            """)
        .bindArray("names", String.class, (Object[]) StoredNames.spellings(name))
        .map(
            (row, context) -> {
              if (row.getBoolean("copied")) {
                return " is a copy from another server: its keys are replaced where it is signed";
              }
              if (row.getBoolean("keys")) {
                return " has no key that Keyward uses: PowerDNS signs it, and its keys are replaced"
                    + " with 'pdnsutil'; 'keyward adopt-hsm' says whether Keyward can take them over";
              }
              return " has no key that Keyward uses"
                  + (row.getBoolean("signed")
                      ? ": it is signed elsewhere, and its keys are replaced there"
                      : "; 'keyward assign " + zone + " --token TOKEN --label LABEL' gives it one");
            })
        .findFirst()
        .orElse(
            " has no key that Keyward uses, and there is no such zone; 'keyward zone list' shows"
                + " those that there are");
  }
}
