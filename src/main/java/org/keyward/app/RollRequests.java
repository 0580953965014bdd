package org.keyward.app;

import java.util.List;
import java.util.Map;
import org.keyward.admin.ConflictException;
import org.keyward.admin.NoSuchThingException;
import org.keyward.admin.RollDesk;
import org.keyward.dnssec.NameText;
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
    return new RollPicture(zone, row, List.of(), List.of(), List.of()).line();
  }

  @Override
  public Map<String, Object> roll(Name zone) {
    return picture(zone).values();
  }

  RollPicture picture(Name zone) {
    List<Map<String, Object>> keys = views.keys(zone);
    if (keys.isEmpty()) {
      throw new NoSuchThingException(
          NameText.of(zone) + " has no key that Keyward uses; 'keyward assign' gives it one");
    }
    return new RollPicture(
        zone,
        views.roll(zone).stream().findFirst().orElse(Map.of()),
        keys,
        views.servers(zone),
        views.history(zone));
  }

  @Override
  public long startRoll(Name zone, String command, String reason, String actor) {
    picture(zone)
        .phase()
        .ifPresent(
            phase -> {
              throw new ConflictException(
                  "%s has a roll under way, in phase %s; 'keyward roll show %s' says what it waits for"
                      .formatted(NameText.of(zone), phase, NameText.of(zone)));
            });
    return signer.roll(zone, command, "zsk", reason, actor);
  }

  @Override
  public long changeRoll(Name zone, String command, String reason, String actor) {
    if (picture(zone).phase().isEmpty()) {
      throw new ConflictException(
          NameText.of(zone)
              + " has no roll under way; one that was asked for begins when the signer takes it");
    }
    return signer.roll(zone, command, "zsk", reason, actor);
  }
}
