package org.keyward.app;

import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.keyward.admin.ConflictException;
import org.keyward.admin.NoSuchThingException;
import org.keyward.admin.RollDesk;
import org.keyward.dnssec.NameText;
import org.keyward.keyset.KeyRole;
import org.keyward.signing.SigningRequest;
import org.keyward.store.RollViews;
import org.xbill.DNS.Name;

/** Keys that take the place of others, as people see them and ask for them. */
final class RollRequests implements RollDesk {
  private final RollViews views;
  private final SigningRequests signer;

  RollRequests(Storage storage, SigningRequests signer) {
    this.views = new RollViews(storage.database());
    this.signer = signer;
  }

  @Override
  public List<Map<String, Object>> rolls() {
    return views.rolls().stream().map(RollRequests::line).toList();
  }

  private static Map<String, Object> line(Map<String, Object> row) {
    Name zone = ZoneAdministration.name(String.valueOf(row.get("zone")));
    return new RollPicture(
            zone,
            Map.of(),
            List.of(row),
            List.of(),
            List.of(),
            RollPicture.Parent.NOT_LOOKED_AT,
            List.of())
        .lineOfEach()
        .get(0);
  }

  @Override
  public Map<String, Object> roll(Name zone) {
    return picture(zone).values();
  }

  RollPicture picture(Name zone) {
    List<Map<String, Object>> keys = views.keys(zone);
    if (keys.isEmpty()) {
      throw new NoSuchThingException(NameText.of(zone) + views.withoutKey(zone));
    }
    return new RollPicture(
        zone,
        obstacles(zone),
        views.roll(zone),
        keys,
        views.servers(zone),
        new RollPicture.Parent(views.parentServers(zone), views.dsDue(zone)),
        views.history(zone));
  }

  private Map<KeyRole, String> obstacles(Name zone) {
    Map<KeyRole, String> obstacles = new EnumMap<>(KeyRole.class);
    for (KeyRole role : KeyRole.values()) {
      views.obstacle(zone, role).ifPresent(why -> obstacles.put(role, why));
    }
    return obstacles;
  }

  @Override
  public long startRoll(SigningRequest.Roll request) {
    String zone = NameText.of(request.zone());
    picture(request.zone())
        .phase(request.role())
        .ifPresent(
            phase -> {
              throw new ConflictException(
                  "%s has a roll under way, in phase %s; 'keyward roll show %s' says what it waits for"
                      .formatted(zone, phase, zone));
            });
    views
        .obstacle(request.zone(), request.role().equals("ksk") ? KeyRole.KSK : KeyRole.ZSK)
        .ifPresent(
            why -> {
              throw new ConflictException(zone + why);
            });
    return signer.roll(request);
  }

  @Override
  public long changeRoll(
      Name zone, String command, Optional<String> role, String reason, String actor) {
    List<String> roles = picture(zone).roles();
    if (roles.isEmpty() || (role.isPresent() && !roles.contains(role.get()))) {
      throw new ConflictException(
          NameText.of(zone)
              + " has no "
              + role.map(which -> "roll of its " + which.toUpperCase(Locale.ROOT)).orElse("roll")
              + " under way; one that was asked for begins when the signer takes it");
    }
    if (role.isEmpty() && roles.size() > 1) {
      throw new ConflictException(
          NameText.of(zone) + " has two rolls under way; say which: role=ksk or role=zsk");
    }
    return signer.roll(
        new SigningRequest.Roll(
            zone,
            command,
            role.orElse(roles.get(0)),
            Optional.empty(),
            Optional.empty(),
            reason,
            actor));
  }

  @Override
  public List<Map<String, Object>> dsDue() {
    return views.dsDue();
  }
}
