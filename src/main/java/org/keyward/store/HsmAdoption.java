package org.keyward.store;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.jdbi.v3.core.Handle;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.BindKeyReader;
import org.keyward.dnssec.BindPrivateKey;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.SoftwareKey;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.signing.AdoptedZones;
import org.keyward.signing.HsmZone;
import org.keyward.signing.Seal;
import org.xbill.DNS.Name;

/**
 * Zones that PowerDNS signs with a KSK on a token, and their way to Keyward: the KSK and the DS
 * stay, a ZSK in software is taken over, a new one is published ahead where there is none.
 */
public final class HsmAdoption {
  /** Longer than PowerDNS keeps keys and answers. */
  private static final long MARGIN_SECONDS = 120;

  private static final String ACTIONS_OF = "key %d of PowerDNS: %s";

  private final Database database;
  private final Seal seal;
  private final SealedContent sealed;
  private final Map<String, String> tokens;

  /**
   * @param tokens names in the configuration, by each word that stands for a token
   */
  public HsmAdoption(Database database, Seal seal, Map<String, String> tokens) {
    this.database = database;
    this.seal = seal;
    this.sealed = new SealedContent(Optional.of(seal));
    this.tokens = Map.copyOf(tokens);
  }

  /**
   * @param content opened
   */
  private record Key(StoredKey stored, String content) {
    boolean isOnToken() {
      return EngineKey.is(content);
    }

    int flags() {
      return stored.flags();
    }

    boolean isActive() {
      return stored.active();
    }

    boolean isPublished() {
      return stored.published();
    }

    @Override
    public String toString() {
      return stored.toString();
    }
  }

  private record Adoptable(int zoneId, HsmZone found, List<Key> keys) {}

  /** What there is; nothing changes. */
  public List<HsmZone> find() {
    return database.inTransaction(
        handle -> adoptable(handle, "").stream().map(Adoptable::found).toList());
  }

  private Optional<Adoptable> adoptable(Handle handle, int zoneId) {
    return adoptable(handle, "AND d.id = " + zoneId).stream().findFirst();
  }

  /**
   * @param only a condition in SQL
   */
  private List<Adoptable> adoptable(Handle handle, String only) {
    Map<Integer, Name> zones = new LinkedHashMap<>();
    Map<Integer, List<Key>> keys = new LinkedHashMap<>();
    handle
        .createQuery(
            """
            SELECT c.*, d.name
            FROM keyward.powerdns_private_keys c JOIN public.domains d ON d.id = c.domain_id
            WHERE (c.content IS NOT NULL OR c.sealed IS NOT NULL) %s ORDER BY d.name, c.id
            """
                .formatted(only))
        .map(
            row -> {
              StoredKey key = StoredKey.of(row);
              Name zone = StoredNames.parse(row.getColumn("name", String.class)).orElseThrow();
              zones.put(key.zoneId(), zone);
              return new Key(key, sealed.open(key, zone));
            })
        .forEach(
            key -> keys.computeIfAbsent(key.stored().zoneId(), id -> new ArrayList<>()).add(key));
    List<Adoptable> found = new ArrayList<>();
    keys.forEach(
        (zoneId, all) -> {
          if (all.stream().anyMatch(Key::isOnToken)) {
            found.add(adoptable(handle, zoneId, zones.get(zoneId), all));
          }
        });
    return found;
  }

  private Adoptable adoptable(Handle handle, int zoneId, Name zone, List<Key> keys) {
    Key onToken = keys.stream().filter(Key::isOnToken).findFirst().orElseThrow();
    String slot = EngineKey.field(onToken.content(), "Slot").orElse("");
    Optional<String> token = Optional.ofNullable(tokens.get(slot)).or(() -> seen(handle, slot));
    return new Adoptable(
        zoneId,
        new HsmZone(
            zone,
            slot,
            EngineKey.field(onToken.content(), "Label").orElse(""),
            token,
            keys.stream().anyMatch(key -> key.isOnToken() && EngineKey.hasPin(key.content())),
            withoutPin(handle, keys),
            obstacle(handle, zoneId, zone, keys, token)),
        keys);
  }

  /** At every server that answers PowerDNS, of every key on a token. */
  private static Optional<String> withoutPin(Handle handle, List<Key> keys) {
    return keys.stream()
        .filter(Key::isOnToken)
        .map(
            key ->
                ServerTable.withoutPin(
                    handle,
                    EngineKey.field(key.content(), "Slot").orElse(""),
                    EngineKey.field(key.content(), "Engine").orElse("")))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private Optional<String> seen(Handle handle, String slot) {
    return handle
        .createQuery("SELECT name FROM keyward.token_status WHERE label = ?")
        .bind(0, slot)
        .mapTo(String.class)
        .findFirst()
        .filter(tokens::containsValue);
  }

  private static Optional<String> obstacle(
      Handle handle, int zoneId, Name zone, List<Key> keys, Optional<String> token) {
    List<Key> ksks = keys.stream().filter(key -> key.flags() == SoftwareKeys.KSK_FLAGS).toList();
    List<Key> zsks = keys.stream().filter(key -> key.flags() == SoftwareKeys.ZSK_FLAGS).toList();
    if (token.isEmpty()) {
      return Optional.of("no token of the configuration has this label; add it to 'tokens'");
    }
    if (ksks.size() != 1 || !ksks.get(0).isOnToken() || !inUse(ksks.get(0))) {
      return Optional.of("its KSK on the token is not its only one, or not in use");
    }
    if (zsks.size() > 1 || zsks.stream().anyMatch(key -> key.isOnToken() || !key.isPublished())) {
      return Optional.of("it has more than one ZSK, or one on a token, or one that nobody sees");
    }
    if (PostgresZoneWriter.isSigned(handle, zoneId)) {
      return Optional.of("Keyward has a key for it already");
    }
    if (isSecondary(handle, zoneId)) {
      return Optional.of("it is a copy from another server");
    }
    Optional<String> live = ModeTable.liveTypes(handle, zoneId);
    return live.isPresent() ? live.map(why -> "it" + why) : zskFault(zone, ksks.get(0), zsks);
  }

  private static boolean inUse(Key key) {
    return key.isActive() && key.isPublished();
  }

  private static boolean isSecondary(Handle handle, int zoneId) {
    return handle
        .createQuery("SELECT upper(type) IN ('SLAVE', 'CONSUMER') FROM public.domains WHERE id = ?")
        .bind(0, zoneId)
        .mapTo(Boolean.class)
        .one();
  }

  private static Optional<String> zskFault(Name zone, Key ksk, List<Key> zsks) {
    int algorithm = algorithm(ksk);
    if (Algorithm.ofNumber(algorithm).isEmpty()) {
      return Optional.of("Keyward does not sign with algorithm " + algorithm);
    }
    for (Key zsk : zsks) {
      try {
        SoftwareKey key = BindKeyReader.read(zone, SoftwareKeys.ZSK_FLAGS, zsk.content());
        if (key.dnskey().getAlgorithm() != algorithm) {
          return Optional.of("its KSK and its ZSK have different algorithms");
        }
      } catch (IllegalArgumentException e) {
        return Optional.of("its ZSK: " + e.getMessage());
      }
    }
    return Optional.empty();
  }

  private static int algorithm(Key key) {
    return EngineKey.field(key.content(), "Algorithm")
        .map(text -> text.split(" ", 2)[0])
        .filter(text -> text.matches("\\d{1,3}"))
        .map(Integer::valueOf)
        .orElse(0);
  }

  /**
   * Takes the PINs of zones out of the database, and lets PowerDNS have those of the configuration;
   * and asks the signer to sign those for which nothing stands in the way. All of a zone is one
   * transaction. A zone whose PIN a server could not give to PowerDNS is left as it is.
   *
   * @param found the zones
   * @param done told how many are done
   */
  public AdoptedZones apply(
      List<HsmZone> found, String reason, String actor, Instant now, IntConsumer done) {
    Map<Name, Long> requests = new LinkedHashMap<>();
    List<HsmZone> zones = new ArrayList<>();
    for (HsmZone zone : found) {
      done.accept(zones.size());
      database.useTransaction(
          handle ->
              adoptable(handle, PostgresZoneWriter.zoneId(handle, zone.zone()))
                  .ifPresent(
                      there -> {
                        zones.add(there.found());
                        if (there.found().withoutPin().isEmpty()) {
                          apply(handle, there, reason, actor, now)
                              .ifPresent(request -> requests.put(zone.zone(), request));
                        }
                      }));
    }
    return new AdoptedZones(zones, requests);
  }

  private Optional<Long> apply(
      Handle handle, Adoptable zone, String reason, String actor, Instant now) {
    takePins(handle, zone, actor, now);
    return zone.found().obstacle().isEmpty() && !isAsked(handle, zone.found().zone())
        ? Optional.of(ask(handle, zone, reason, actor, now))
        : Optional.empty();
  }

  private static boolean isAsked(Handle handle, Name zone) {
    return handle
        .createQuery(
            """
            SELECT EXISTS (SELECT FROM keyward.request
              WHERE kind = 'adopt' AND zone = ? AND state IN ('queued', 'waiting', 'started'))
            """)
        .bind(0, StoredNames.of(zone))
        .mapTo(Boolean.class)
        .one();
  }

  private void takePins(Handle handle, Adoptable zone, String actor, Instant now) {
    for (Key key : zone.keys()) {
      if (key.isOnToken() && key.stored().sealed().isEmpty()) {
        SealedKeyTable.move(
            handle,
            key.stored().id(),
            sealed.close(handle, EngineKey.withoutPin(key.content()), zone.found().zone(), true));
        audit(
            handle,
            now,
            actor,
            AuditEvent.Action.CRYPTOKEY_CHANGED,
            zone.found(),
            ACTIONS_OF.formatted(
                key.stored().id(),
                (EngineKey.hasPin(key.content()) ? "PIN taken out of the database, the rest " : "")
                    + "sealed; PowerDNS gets the PIN of the configuration"));
      }
    }
  }

  private long ask(Handle handle, Adoptable zone, String reason, String actor, Instant now) {
    HsmZone found = zone.found();
    Key ksk = zone.keys().stream().filter(Key::isOnToken).findFirst().orElseThrow();
    Optional<Key> stored =
        zone.keys().stream().filter(key -> key.flags() == SoftwareKeys.ZSK_FLAGS).findFirst();
    SoftwareKey zsk =
        stored
            .map(key -> BindKeyReader.read(found.zone(), SoftwareKeys.ZSK_FLAGS, key.content()))
            .orElseGet(() -> publishAhead(handle, zone, algorithm(ksk), actor, now));
    // One that does not sign was published ahead, maybe just now, for a request that came to
    // nothing.
    Instant notBefore =
        stored.filter(Key::isActive).isPresent()
            ? now
            : now.plusSeconds(keyTtl(handle, zone) + MARGIN_SECONDS);
    return handle
        .createQuery(
            """
            INSERT INTO keyward.request (kind, zone, token, label, algorithm, mode, reason, actor,
              zsk_algorithm, zsk_public, zsk_tag, zsk_sealed, not_before)
            VALUES ('adopt', ?, ?, ?, ?, 'presigned', ?, ?, ?, ?, ?, ?, ?) RETURNING id
            """)
        .bind(0, StoredNames.of(found.zone()))
        .bind(1, found.token().orElseThrow())
        .bind(2, found.label())
        .bind(3, algorithm(ksk))
        .bind(4, reason)
        .bind(5, actor)
        .bind(6, zsk.dnskey().getAlgorithm())
        .bind(7, zsk.dnskey().getKey())
        .bind(8, zsk.dnskey().getFootprint())
        .bind(9, new KeyRows(seal).sealed(handle, zsk))
        .bind(10, notBefore.atOffset(ZoneOffset.UTC))
        .mapTo(Long.class)
        .one();
  }

  /** Which PowerDNS gives to the DNSKEY set. */
  private static long keyTtl(Handle handle, Adoptable zone) {
    return handle
        .createQuery("SELECT coalesce(keyward.minimum_of(?), 3600)")
        .bind(0, zone.zoneId())
        .mapTo(Long.class)
        .one();
  }

  /** So that resolvers know the ZSK before anything is signed with it. */
  private SoftwareKey publishAhead(
      Handle handle, Adoptable zone, int algorithm, String actor, Instant now) {
    Algorithm chosen = Algorithm.ofNumber(algorithm).orElseThrow();
    SoftwareKey zsk = SoftwareKeys.generate(zone.found().zone(), chosen, SoftwareKeys.ZSK_FLAGS);
    int id =
        SealedKeyTable.add(
            handle,
            zone.zoneId(),
            SoftwareKeys.ZSK_FLAGS,
            false,
            true,
            sealed.close(
                handle,
                BindPrivateKey.write(chosen, zsk.privateKey().getEncoded()),
                zone.found().zone(),
                false));
    audit(
        handle,
        now,
        actor,
        AuditEvent.Action.ZSK_GENERATED,
        zone.found(),
        ACTIONS_OF.formatted(id, "published ahead, for Keyward to sign with"));
    return zsk;
  }

  private static void audit(
      Handle handle,
      Instant now,
      String actor,
      AuditEvent.Action action,
      HsmZone found,
      String detail) {
    PostgresAudit.append(
        handle,
        new AuditEvent(
            now,
            actor,
            action,
            AuditEvent.Result.DONE,
            Optional.of(NameText.of(found.zone())),
            Optional.empty(),
            Optional.of(found.label()),
            Optional.empty(),
            Optional.empty(),
            detail));
  }
}
