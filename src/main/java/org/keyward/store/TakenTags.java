package org.keyward.store;

import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.keyward.keyset.KeySet;
import org.keyward.keyset.ZoneKey;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * The tags that no new key of a zone may have: those of all keys that it has or had, and of the
 * DNSKEY rows among its records, which are keys of another operator. Validators try few keys of one
 * tag.
 */
final class TakenTags {
  private TakenTags() {}

  static Set<Integer> of(Handle handle, KeySetRows.Zone zone, KeySet keys) {
    Set<Integer> taken = new HashSet<>();
    keys.keys().stream().map(ZoneKey::tag).forEach(taken::add);
    taken.addAll(former(handle, zone.origin()));
    taken.addAll(foreign(handle, zone));
    return taken;
  }

  private static Set<Integer> former(Handle handle, Name zone) {
    return handle
        .createQuery(
            """
            SELECT e.old_tag FROM keyward.roll_event e WHERE e.zone = :zone
            UNION SELECT e.new_tag FROM keyward.roll_event e WHERE e.zone = :zone
            UNION SELECT k.key_tag FROM keyward.assignment a
              JOIN keyward.key k ON k.id = a.key_id WHERE a.zone = :zone
            """)
        .bind("zone", StoredNames.of(zone))
        .mapTo(Integer.class)
        .set();
  }

  /** Keyward leaves these rows out of the DNSKEY set, but resolvers may know the keys. */
  static Set<Integer> foreign(Handle handle, KeySetRows.Zone zone) {
    Set<Integer> tags = new HashSet<>();
    handle
        .createQuery(
            """
            SELECT r.content FROM public.records r JOIN public.domains d ON d.id = r.domain_id
            WHERE d.id = ? AND r.type = 'DNSKEY' AND r.name = d.name
            """)
        .bind(0, zone.domainId())
        .mapTo(String.class)
        .forEach(content -> tag(zone.origin(), content).ifPresent(tags::add));
    return tags;
  }

  /** Empty for a row that is no DNSKEY: 'keyward zone check' tells of it. */
  private static Optional<Integer> tag(Name zone, String content) {
    try {
      Record row = Record.fromString(zone, Type.DNSKEY, DClass.IN, 0, content, zone);
      return Optional.of(((DNSKEYRecord) row).getFootprint());
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }
}
