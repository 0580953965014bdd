package org.keyward.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.keyward.admin.ConflictException;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.TimeText;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.Name;

/**
 * What the signer would do, seen from the database alone: nothing changes, and no token is used. By
 * the rules that the signer goes by; it still judges by itself when it is asked.
 *
 * <p>Each method says what would come of it, and throws a {@link ConflictException} with the reason
 * where it would be refused.
 */
public final class Foresight {
  private final Database database;

  public Foresight(Database database) {
    this.database = database;
  }

  private record Live(
      int id, int zoneId, String state, String mode, String label, boolean changing) {}

  private static Optional<Live> live(Handle handle, Name zone) {
    return handle
        .createQuery(
            """
            SELECT a.id, a.domain_id, a.state, a.mode, k.label, a.next_mode IS NOT NULL OR a.mode = 'powerdns'
              OR coalesce(a.mode_since + 2 * a.mode_half > clock_timestamp(), false) AS changing
            FROM keyward.assignment a JOIN keyward.key k ON k.id = a.key_id
            WHERE a.state <> 'ended' AND a.domain_id IN (
              SELECT id FROM public.domains WHERE name = ANY(:names))
            """)
        .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
        .map(
            (row, context) ->
                new Live(
                    row.getInt("id"),
                    row.getInt("domain_id"),
                    row.getString("state"),
                    row.getString("mode"),
                    row.getString("label"),
                    row.getBoolean("changing")))
        .findFirst();
  }

  private static int zoneId(Handle handle, Name zone) {
    return handle
        .createQuery("SELECT id FROM public.domains WHERE name = ANY(:names)")
        .bindArray("names", String.class, (Object[]) StoredNames.spellings(zone))
        .mapTo(Integer.class)
        .findFirst()
        .orElseThrow(
            () ->
                new ConflictException(
                    "there is no zone "
                        + NameText.of(zone)
                        + "; create it with 'keyward zone create'"));
  }

  /**
   * Of an assignment.
   *
   * @param asked the mode that somebody asks for; without it a new assignment has the standard one
   */
  public String assign(
      Name zone,
      String token,
      String label,
      Optional<Algorithm> algorithm,
      Optional<SigningMode> asked,
      SigningMode standard) {
    SigningMode mode = asked.orElse(standard);
    return database.inSnapshot(
        handle -> {
          int id = zoneId(handle, zone);
          String key = key(handle, token, label, algorithm);
          Optional<Live> live = live(handle, zone);
          if (live.isPresent()) {
            return again(zone, label, asked, live.get());
          }
          AssignmentTable.obstacle(handle, id, zone, mode, false).ifPresent(Foresight::refuse);
          return NameText.of(zone)
              + " would be signed in mode "
              + mode.word()
              + " with "
              + key
              + approval(handle);
        });
  }

  private static String again(Name zone, String label, Optional<SigningMode> mode, Live live) {
    if (!live.label().equals(label)) {
      throw new ConflictException(
          NameText.of(zone)
              + " has the key '"
              + live.label()
              + "' already; take it away first with 'keyward unassign "
              + NameText.of(zone)
              + "'");
    }
    if (!live.changing()) {
      AssignmentTable.otherMode(zone, label, live.mode(), mode.map(SigningMode::word))
          .ifPresent(Foresight::refuse);
    }
    return live.state().equals("leaving")
        ? NameText.of(zone) + " is on its way to unsigned, and would stay signed"
        : NameText.of(zone) + " has the key '" + label + "' already: nothing would change";
  }

  /** By what the signer last saw on the token. */
  private static String key(
      Handle handle, String token, String label, Optional<Algorithm> algorithm) {
    List<String> tokens =
        handle
            .createQuery("SELECT name FROM keyward.token_status ORDER BY name")
            .mapTo(String.class)
            .list();
    if (!tokens.contains(token)) {
      throw new ConflictException(
          "no signer has a token '"
              + token
              + "'"
              + (tokens.isEmpty() ? "" : "; there are " + String.join(", ", tokens)));
    }
    List<Algorithm> found =
        handle
            .createQuery(
                "SELECT algorithm FROM keyward.token_key WHERE token_name = ? AND label = ?")
            .bind(0, token)
            .bind(1, label)
            .mapTo(Integer.class)
            .stream()
            .flatMap(number -> Algorithm.ofNumber(number).stream())
            .toList();
    String key = "the key '" + label + "' on token '" + token + "'";
    if (found.isEmpty()) {
      throw new ConflictException(
          "token '"
              + token
              + "' had no key '"
              + label
              + "' when the signer last looked, which it does every ten minutes; see 'keyward token"
              + " keys "
              + token
              + "'");
    }
    if (found.size() > 1) {
      throw new ConflictException(key + " is there " + found.size() + " times");
    }
    return key + " (" + algorithm.orElse(found.get(0)).mnemonic() + ")";
  }

  /**
   * Of the way back to unsigned.
   *
   * @param hasDs whether the parent has a DS
   */
  public String unassign(Name zone, boolean hasDs, Duration hold, Instant now) {
    return database.inSnapshot(
        handle -> {
          zoneId(handle, zone);
          Live live =
              live(handle, zone)
                  .orElseThrow(
                      () ->
                          new ConflictException(
                              NameText.of(zone) + " has no key: there is nothing to take away"));
          if (hasDs) {
            throw new ConflictException(
                NameText.of(zone)
                    + " has a DS at its parent: resolvers would find the zone bogus; have the DS"
                    + " removed first");
          }
          if (live.mode().equals(SigningMode.POWERDNS.word())) {
            throw new ConflictException(NameText.of(zone) + " goes over to PowerDNS with its keys");
          }
          return switch (live.state()) {
            case "leaving" ->
                NameText.of(zone) + " is on its way to unsigned already: nothing would change";
            case "signing" ->
                NameText.of(zone)
                    + " is not signed yet, and would stay unsigned"
                    + approval(handle);
            default ->
                NameText.of(zone)
                    + " would stay signed with the key '"
                    + live.label()
                    + "' until "
                    + TimeText.of(now.plus(hold))
                    + ", and be unsigned then if its parent has no DS"
                    + approval(handle);
          };
        });
  }

  /** Of a change of who signs. */
  public String mode(Name zone, SigningMode mode) {
    return database.inSnapshot(
        handle -> {
          zoneId(handle, zone);
          Live live =
              live(handle, zone)
                  .orElseThrow(
                      () ->
                          new ConflictException(
                              NameText.of(zone)
                                  + " has no key that Keyward uses; 'keyward assign --mode "
                                  + mode.word()
                                  + "' gives it one"));
          if (live.changing()) {
            throw new ConflictException(NameText.of(zone) + " is changing its mode already");
          }
          if (!live.state().equals("signed")) {
            throw new ConflictException(
                NameText.of(zone) + " is " + live.state() + "; its mode changes when it is signed");
          }
          if (live.mode().equals(mode.word())) {
            return NameText.of(zone)
                + " is in mode "
                + mode.word()
                + " already: nothing would change";
          }
          if (mode == SigningMode.POWERDNS && !live.mode().equals("presigned")) {
            throw new ConflictException(
                NameText.of(zone)
                    + " is in mode "
                    + live.mode()
                    + "; change it to presigned first");
          }
          ModeTable.rolls(handle, live.id(), zone)
              .or(() -> ModeTable.unfit(handle, live.zoneId(), mode))
              .or(
                  () ->
                      mode == SigningMode.PRESIGNED
                          ? ModeTable.liveTypes(handle, live.zoneId())
                          : Optional.empty())
              .ifPresent(why -> refuse(NameText.of(zone) + why));
          return NameText.of(zone)
              + " would go from mode "
              + live.mode()
              + " to "
              + mode.word()
              + ", with the same keys"
              + approval(handle);
        });
  }

  private static void refuse(String why) {
    throw new ConflictException(why);
  }

  private static String approval(Handle handle) {
    return handle
            .createQuery("SELECT coalesce(bool_or(two_person), false) FROM keyward.rule")
            .mapTo(Boolean.class)
            .one()
        ? ", after a second person approved it"
        : "";
  }
}
