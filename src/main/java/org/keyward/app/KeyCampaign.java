package org.keyward.app;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.keyward.admin.NoSuchThingException;
import org.keyward.config.KeywardConfig;
import org.keyward.dnssec.NameText;
import org.keyward.keyset.Campaign;
import org.keyward.keyset.Waves;
import org.keyward.store.CampaignZones;
import org.keyward.store.CampaignZones.Found;
import org.keyward.store.CampaignZones.Named;
import org.xbill.DNS.Name;

/** All zones of a KSK are to get another, in waves. Writes nothing. */
public final class KeyCampaign implements AutoCloseable {
  private final Storage storage;

  private KeyCampaign(Storage storage) {
    this.storage = storage;
  }

  public static KeyCampaign open(KeywardConfig config) {
    return new KeyCampaign(Storage.open(config));
  }

  /** A key on a token, as people name it. */
  public record Key(String token, String label) {
    private Named named() {
      return new Named(token, label);
    }
  }

  /**
   * What is to be done.
   *
   * @param says one line
   * @param begin zones whose rolls are to begin
   */
  public record Step(String says, List<Name> begin) {
    public Step {
      begin = List.copyOf(begin);
    }
  }

  /** How much of all zones is in each wave and those before. */
  public static final class WaveList {
    private final Waves waves;

    private WaveList(Waves waves) {
      this.waves = waves;
    }

    /**
     * @throws IllegalArgumentException when it is none
     */
    public static WaveList parse(String text) {
      return new WaveList(Waves.parse(text));
    }
  }

  /**
   * How it stands now.
   *
   * @param waves of each zone
   */
  public record Standing(List<Found> zones, Map<Name, Integer> waves) {
    public Standing {
      zones = List.copyOf(zones);
      waves = Map.copyOf(waves);
    }

    /** By wave: wave, zone, progress, and why it is left out or in trouble. */
    public List<Map<String, Object>> rows() {
      return zones.stream()
          .sorted(Comparator.comparing(zone -> waves.get(zone.zone())))
          .map(this::row)
          .toList();
    }

    private Map<String, Object> row(Found zone) {
      String name = NameText.of(zone.zone());
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("wave", waves.get(zone.zone()));
      row.put("zone", name);
      row.put(
          "progress",
          zone.leftOut().isPresent()
              ? "left out"
              : zone.progress().name().toLowerCase(Locale.ROOT));
      row.put("why", zone.leftOut().map(why -> name + why).or(zone::trouble).orElse(null));
      return row;
    }

    /**
     * What is to be done.
     *
     * @throws IllegalStateException when a person has to look first, and why
     */
    public Step next() {
      Campaign campaign =
          new Campaign(zones.stream().map(zone -> zone.in(waves.get(zone.zone()))).toList());
      Campaign.Next next = campaign.next();
      if (next instanceof Campaign.Next.Halt halt) {
        throw new IllegalStateException("no roll begins: " + halt.why());
      }
      if (next instanceof Campaign.Next.Begin begin) {
        return new Step("wave " + begin.wave() + ":", names(begin.assignmentIds()));
      }
      return new Step(
          next instanceof Campaign.Next.Wait waits
              ? "wave " + waits.wave() + " is under way; see 'keyward roll list'"
              : "each zone has the new key, or is left out; '--dry-run' says why",
          List.of());
    }

    private List<Name> names(List<Integer> assignmentIds) {
      Map<Integer, Found> byId =
          zones.stream().collect(Collectors.toMap(Found::assignmentId, Function.identity()));
      return assignmentIds.stream().map(id -> byId.get(id).zone()).toList();
    }
  }

  /**
   * @throws NoSuchThingException when no zone has the old key, or there is no such new one
   */
  public Standing standing(Key old, Key next, WaveList waves) {
    List<Found> zones = new CampaignZones(storage.database()).of(old.named(), next.named());
    if (zones.isEmpty()) {
      throw new NoSuchThingException(
          "no zone is signed with the key "
              + old.named()
              + "; 'keyward status' shows those in use");
    }
    return new Standing(zones, waves.waves.of(zones.stream().map(Found::zone).toList()));
  }

  @Override
  public void close() {
    storage.close();
  }
}
