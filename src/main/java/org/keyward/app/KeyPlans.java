package org.keyward.app;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.keyward.admin.NoSuchThingException;
import org.keyward.config.KeywardConfig;
import org.keyward.dnssec.NameText;
import org.keyward.keyset.Forecast;
import org.keyward.keyset.Forecast.Step;
import org.keyward.keyset.PolicyRows;
import org.keyward.keyset.WaitsFor;
import org.keyward.keyset.ZoneKey;
import org.keyward.keyset.ZonePolicy;
import org.keyward.signing.PolicyCommands;
import org.keyward.signing.PolicyStore;
import org.keyward.store.PostgresForecasts;
import org.keyward.store.PostgresForecasts.Known;
import org.keyward.store.PostgresPolicies;
import org.xbill.DNS.Name;

/** What is to come of the keys of zones, as the signer would do it. Writes nothing. */
public final class KeyPlans implements AutoCloseable {
  private static final String IN_USE = "what-if";

  private final Storage storage;
  private final PostgresForecasts forecasts;
  private final PolicyStore store;
  private final PolicyCommands commands;

  KeyPlans(Storage storage, KeywardConfig config) {
    this.storage = storage;
    this.forecasts = new PostgresForecasts(storage.database());
    this.store = new PostgresPolicies(storage.database());
    this.commands = new PolicyCommands(store, config.signing());
  }

  public static KeyPlans open(KeywardConfig config) {
    return new KeyPlans(Storage.open(config), config);
  }

  /**
   * What is to come.
   *
   * @param steps in the order of their times
   * @param signatures of KSKs over DNSKEY sets, by month and token
   * @param left zones in which no key is replaced, since they are not signed in mode presigned
   */
  public record Plan(
      List<Map<String, Object>> steps, List<Map<String, Object>> signatures, long left) {
    public Plan {
      steps = List.copyOf(steps);
      signatures = List.copyOf(signatures);
    }
  }

  /**
   * Of one zone, or all.
   *
   * @param parentTakes how long it takes until a DS that is due is at the parent
   * @param whatIf {@code FIELD=VALUE}, with spaces between: as if the policy of each said so
   */
  public Plan plan(
      Optional<Name> zone, Duration until, Duration parentTakes, Optional<String> whatIf) {
    Instant now = Instant.ofEpochSecond(storage.clock().instant().getEpochSecond());
    List<PolicyStore.Stored> stored = store.read();
    List<Map<String, Object>> steps = new ArrayList<>();
    Map<List<String>, Integer> signatures = new TreeMap<>(KeyPlans::order);
    long left = 0;
    for (Name name : zone.map(List::of).orElseGet(forecasts::zones)) {
      Optional<Known> known = forecasts.of(name, now);
      if (known.isEmpty() && zone.isPresent()) {
        throw new NoSuchThingException(
            NameText.of(name) + " has no key that Keyward uses; 'keyward assign' gives it one");
      }
      if (known.filter(Known::signed).isEmpty()) {
        left++;
        continue;
      }
      ZonePolicy policy = policy(stored, known.get().rolls().policy(), whatIf);
      Forecast.Begin begin = known.get().begin(policy, now);
      Forecast forecast = Forecast.of(begin, parentTakes, now, now.plus(until));
      forecast.steps().forEach(step -> steps.add(line(begin, step)));
      forecast
          .signatures()
          .forEach(
              (month, count) ->
                  signatures.merge(
                      List.of(month.month().toString(), token(known.get(), policy, month.key())),
                      count,
                      Integer::sum));
    }
    steps.sort((one, other) -> ((Instant) one.get("at")).compareTo((Instant) other.get("at")));
    return new Plan(steps, signatures.entrySet().stream().map(KeyPlans::month).toList(), left);
  }

  private static int order(List<String> one, List<String> other) {
    int months = one.get(0).compareTo(other.get(0));
    return months == 0 ? one.get(1).compareTo(other.get(1)) : months;
  }

  private ZonePolicy policy(
      List<PolicyStore.Stored> stored, String policy, Optional<String> whatIf) {
    return whatIf.isEmpty()
        ? commands.rows(stored).effective(policy)
        : saved(
                commands,
                stored,
                new PolicyStore.Stored(IN_USE, Optional.of(policy), Map.of()),
                whatIf.get())
            .effective(IN_USE);
  }

  /**
   * @throws IllegalArgumentException when they are not to be had, and why
   */
  static PolicyRows saved(
      PolicyCommands commands,
      List<PolicyStore.Stored> stored,
      PolicyStore.Stored policy,
      String settings) {
    PolicyStore.Change change = commands.set(stored, policy, settings);
    if (change instanceof PolicyStore.Change.Refused refused) {
      throw new IllegalArgumentException(refused.why());
    }
    return commands.after(stored, ((PolicyStore.Change.Save) change).policy());
  }

  private static Map<String, Object> line(Forecast.Begin begin, Step step) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("at", step.at());
    line.put("zone", NameText.of(begin.zone()));
    line.put("role", step.role().name().toLowerCase(Locale.ROOT));
    line.put("old_tag", tag(begin, step.oldKey()));
    line.put("new_tag", step.newKey().map(key -> tag(begin, key)).orElse(null));
    line.put("step", word(step.kind()));
    line.put("phase", step.phase().map(KeyPlans::word).orElse(null));
    line.put(
        "waits_for",
        step.waits().stream().map(KeyPlans::word).collect(Collectors.joining(", then ")));
    line.put("until", step.until().orElse(null));
    line.put("person", person(step));
    return line;
  }

  static String word(Enum<?> of) {
    return of.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** A key that is still to be made has no tag. */
  private static Integer tag(Forecast.Begin begin, int key) {
    return begin.keys().keys().stream()
        .filter(one -> one.id() == key)
        .map(ZoneKey::tag)
        .findFirst()
        .orElse(null);
  }

  private static String person(Step step) {
    if (!step.person()) {
      return null;
    }
    if (step.kind() == Forecast.Kind.NEEDS_KEY) {
      return "name the next KSK: keyward policy set POLICY next-ksk=TOKEN/LABEL";
    }
    return step.waits().contains(WaitsFor.PERSON)
        ? "it is held: keyward roll resume"
        : "hand in the DS at the parent: keyward roll ds-due";
  }

  private static String token(Known known, ZonePolicy policy, int key) {
    return Optional.ofNullable(known.tokens().get(key))
        .or(() -> policy.nextKsk().map(next -> next.substring(0, next.indexOf('/'))))
        .orElse("?");
  }

  private static Map<String, Object> month(Map.Entry<List<String>, Integer> entry) {
    Map<String, Object> month = new LinkedHashMap<>();
    month.put("month", entry.getKey().get(0));
    month.put("token", entry.getKey().get(1));
    month.put("signatures", entry.getValue());
    return month;
  }

  @Override
  public void close() {
    storage.close();
  }
}
