package org.keyward.app;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.keyward.admin.NoSuchThingException;
import org.keyward.admin.PolicyDesk;
import org.keyward.config.KeywardConfig;
import org.keyward.dnssec.NameText;
import org.keyward.keyset.Forecast;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.PolicyRows;
import org.keyward.signing.PolicyCommands;
import org.keyward.signing.PolicyStore;
import org.keyward.signing.PolicyText;
import org.keyward.store.PostgresForecasts;
import org.keyward.store.PostgresForecasts.Known;
import org.keyward.store.PostgresPolicies;

/** How keys of zones are kept, as people look at it. Writes nothing. */
public final class KeyPolicies implements AutoCloseable {
  private final Storage storage;
  private final PostgresForecasts forecasts;
  private final PolicyStore store;
  private final PolicyCommands commands;

  KeyPolicies(Storage storage, KeywardConfig config) {
    this.storage = storage;
    this.forecasts = new PostgresForecasts(storage.database());
    this.store = new PostgresPolicies(storage.database());
    this.commands = new PolicyCommands(store, config.signing());
  }

  public static KeyPolicies open(KeywardConfig config) {
    return new KeyPolicies(Storage.open(config), config);
  }

  /**
   * When the next rolls begin by themselves, before and after a policy is set, for each zone that
   * it changes something for.
   *
   * @param progress is told how many zones were looked at
   * @throws IllegalArgumentException when it is refused, and why
   */
  public List<Map<String, Object>> dryRun(String policy, String settings, LongConsumer progress) {
    return turns(policy, settings, Integer.MAX_VALUE, progress).lines();
  }

  /** The same, with lines of so many zones at the most. */
  PolicyDesk.Turns turns(String policy, String settings, int most, LongConsumer progress) {
    Instant now = Instant.ofEpochSecond(storage.clock().instant().getEpochSecond());
    List<PolicyStore.Stored> stored = store.read();
    PolicyRows before = commands.rows(stored);
    PolicyRows after =
        KeyPlans.saved(
            commands,
            stored,
            stored.stream()
                .filter(one -> one.name().equals(policy))
                .findFirst()
                .orElseGet(
                    () ->
                        new PolicyStore.Stored(policy, Optional.of(PolicyRows.DEFAULT), Map.of())),
            settings);
    List<Map<String, Object>> lines = new ArrayList<>();
    AtomicInteger zones = new AtomicInteger();
    forecasts.forThoseOf(
        after.heirs(policy),
        now,
        some -> {
          some.stream()
              .filter(Known::isReplaced)
              .filter(known -> zones.incrementAndGet() <= most)
              .forEach(known -> lines.addAll(changes(known, before, after, now)));
          progress.accept(zones.get());
        });
    return new PolicyDesk.Turns(lines, Math.max(0, zones.get() - most));
  }

  private static List<Map<String, Object>> changes(
      Known known, PolicyRows before, PolicyRows after, Instant now) {
    Forecast.Begin one = known.begin(before.effective(known.policy()), now);
    Forecast.Begin other = known.begin(after.effective(known.policy()), now);
    return Stream.of(KeyRole.values()).map(role -> change(one, other, role, now)).toList();
  }

  private static Map<String, Object> change(
      Forecast.Begin before, Forecast.Begin after, KeyRole role, Instant now) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("zone", NameText.of(before.zone()));
    line.put("role", KeyPlans.word(role));
    line.put("begins", before.turn(role, now).orElse(null));
    line.put("then", after.turn(role, now).orElse(null));
    line.put("under_way", before.keys().roll(role).isPresent());
    return line;
  }

  /** All policies, with what each comes to. */
  public List<Map<String, Object>> all() {
    List<PolicyStore.Stored> stored = store.read();
    PolicyRows rows = commands.rows(stored);
    Map<String, Long> zones = forecasts.zonesOfPolicies();
    return stored.stream()
        .map(
            one -> {
              Map<String, Object> line = new LinkedHashMap<>();
              line.put("policy", one.name());
              line.put("base", one.base().orElse(null));
              line.put("zones", zones.getOrDefault(one.name(), 0L));
              Map<String, String> values = PolicyText.effective(rows.effective(one.name()));
              values.forEach((field, value) -> line.put(field.replace('-', '_'), value));
              line.put("fault", String.join("; ", rows.unsafe(one.name())));
              return line;
            })
        .toList();
  }

  /**
   * Until when zones of a policy have DNSKEY sets that were signed for another validity or TTL than
   * they have now; empty when there are none.
   */
  public Optional<Instant> otherwiseSignedUntil(String name) {
    return forecasts.otherwiseSignedUntil(name, storage.clock().instant());
  }

  /**
   * Each field of a policy, and who says it.
   *
   * @throws NoSuchThingException when there is none of that name
   */
  public List<Map<String, Object>> one(String name) {
    List<PolicyStore.Stored> stored = store.read();
    PolicyRows rows = commands.rows(stored);
    if (!rows.rows().containsKey(name)) {
      throw new NoSuchThingException(
          "there is no policy '" + name + "'; 'keyward policy list' shows them");
    }
    Map<String, Map<String, String>> says =
        stored.stream()
            .collect(Collectors.toMap(PolicyStore.Stored::name, PolicyStore.Stored::says));
    return PolicyText.effective(rows.effective(name)).entrySet().stream()
        .map(
            value -> {
              Map<String, Object> line = new LinkedHashMap<>();
              line.put("field", value.getKey());
              line.put("value", value.getValue());
              line.put(
                  "said_by",
                  rows.names(name).stream()
                      .filter(one -> says.get(one).containsKey(value.getKey()))
                      .findFirst()
                      .map(one -> "policy " + one)
                      .orElse("configuration, or built in"));
              return line;
            })
        .toList();
  }

  @Override
  public void close() {
    storage.close();
  }
}
