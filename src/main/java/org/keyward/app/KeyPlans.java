package org.keyward.app;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.keyward.admin.NoSuchThingException;
import org.keyward.config.KeywardConfig;
import org.keyward.dnssec.NameText;
import org.keyward.keyset.DurationWords;
import org.keyward.keyset.Forecast;
import org.keyward.keyset.Forecast.Step;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.PolicyRows;
import org.keyward.keyset.WaitsFor;
import org.keyward.keyset.ZoneKey;
import org.keyward.keyset.ZonePolicy;
import org.keyward.signing.PolicyCommands;
import org.keyward.signing.PolicyStore;
import org.keyward.store.PostgresForecasts;
import org.keyward.store.PostgresForecasts.Known;
import org.keyward.store.PostgresPolicies;
import org.keyward.store.RollViews;
import org.xbill.DNS.Name;

/** What is to come of the keys of zones, as the signer would do it. Writes nothing. */
public final class KeyPlans implements AutoCloseable {
  private static final String IN_USE = "what-if";

  /** Of a key in one plan; where steps are of seconds, a year has more than anybody reads. */
  private static final int MOST_ROLLS = 2_000;

  /** By then every roll is over, also a lazy one with the longest runway and TTLs. */
  private static final Duration LONGEST_ROLL = Duration.ofDays(3_650);

  private final Storage storage;
  private final PostgresForecasts forecasts;
  private final RollViews views;
  private final PolicyStore store;
  private final PolicyCommands commands;

  KeyPlans(Storage storage, KeywardConfig config) {
    this.storage = storage;
    this.forecasts = new PostgresForecasts(storage.database());
    this.views = new RollViews(storage.database());
    this.store = new PostgresPolicies(storage.database());
    this.commands = new PolicyCommands(store, config.signing());
  }

  public static KeyPlans open(KeywardConfig config) {
    return new KeyPlans(Storage.open(config), config);
  }

  /**
   * What is asked.
   *
   * @param zone empty for all
   * @param parentTakes how long it takes until a DS that is due is at the parent
   * @param whatIf {@code FIELD=VALUE}, with spaces between: as if the policy of each said so;
   *     {@code start=ksk} or {@code start=zsk}: as if somebody replaced that key now
   * @param person only steps that only a person can do
   * @param limit this many steps at the most, the first ones; 0 for all
   */
  public record Asked(
      Optional<Name> zone,
      Duration until,
      Duration parentTakes,
      Optional<String> whatIf,
      boolean person,
      int limit) {
    private static final Map<String, KeyRole> STARTS =
        Map.of("start=ksk", KeyRole.KSK, "start=zsk", KeyRole.ZSK);

    private Set<KeyRole> starts() {
      return words().map(STARTS::get).filter(Objects::nonNull).collect(Collectors.toSet());
    }

    private Optional<String> settings() {
      return Optional.of(
              words().filter(word -> !STARTS.containsKey(word)).collect(Collectors.joining(" ")))
          .filter(settings -> !settings.isEmpty());
    }

    private Stream<String> words() {
      return whatIf.stream().flatMap(text -> Arrays.stream(text.trim().split("\\s+")));
    }
  }

  /**
   * What is to come.
   *
   * @param steps in the order of their times
   * @param more how many steps the limit has left out
   * @param signatures of KSKs over DNSKEY sets, by month and token
   * @param left zones in which no key is replaced in the state and mode that they have
   * @param notes of keys that are not replaced, with the way round, one line each
   */
  public record Plan(
      List<Map<String, Object>> steps,
      long more,
      List<Map<String, Object>> signatures,
      long left,
      List<String> notes) {
    public Plan {
      steps = List.copyOf(steps);
      signatures = List.copyOf(signatures);
      notes = List.copyOf(notes);
    }
  }

  /**
   * Of one zone, or all.
   *
   * @param progress is told how many zones are foreseen
   */
  public Plan plan(Asked asked, LongConsumer progress) {
    Instant now = Instant.ofEpochSecond(storage.clock().instant().getEpochSecond());
    Gathering gathering = new Gathering(asked, now);
    if (asked.zone().isEmpty()) {
      forecasts.forAll(now, some -> progress.accept(gathering.add(some)));
      return gathering.plan();
    }
    Name zone = asked.zone().get();
    Known known = known(zone, now);
    gathering.notes(known);
    gathering.add(List.of(known));
    return gathering.plan();
  }

  /**
   * What would happen if somebody replaced a key now, until that roll is over.
   *
   * @param signatures over DNSKEY sets, more than without it
   */
  public record Roll(List<Map<String, Object>> steps, int signatures) {
    public Roll {
      steps = List.copyOf(steps);
    }
  }

  /**
   * What would happen if somebody replaced a key of the zone now.
   *
   * @param word {@code ksk} or {@code zsk}
   * @throws IllegalArgumentException when that would be refused, and why
   */
  public Roll roll(Name zone, String word, String pace) {
    KeyRole role = KeyRole.valueOf(word.toUpperCase(Locale.ROOT));
    Instant now = Instant.ofEpochSecond(storage.clock().instant().getEpochSecond());
    Known known = known(zone, now);
    Optional.ofNullable(known.obstacles().get(role)).ifPresent(why -> refuse(zone, why));
    if (known.keys().roll(role).isPresent()) {
      refuse(zone, ": a " + role + " is being replaced already; 'keyward roll show' says how far");
    }
    Forecast.Begin begin =
        known.begin(
            policy(store.read(), known.policy(), Optional.of("pace=" + pace)).withoutLifetimes(),
            now);
    Set<KeyRole> starts = Set.of(role);
    List<Step> steps = new ArrayList<>();
    for (Step step :
        Forecast.of(begin, starts, Duration.ZERO, now, now.plus(LONGEST_ROLL)).steps()) {
      if (step.role() == role) {
        steps.add(step);
      }
    }
    Instant over = steps.get(steps.size() - 1).at();
    return new Roll(
        steps.stream().map(step -> line(begin, step)).toList(),
        signatures(begin, starts, now, over) - signatures(begin, Set.of(), now, over));
  }

  private static int signatures(
      Forecast.Begin begin, Set<KeyRole> starts, Instant now, Instant until) {
    return Forecast.of(begin, starts, Duration.ZERO, now, until).signatures().values().stream()
        .mapToInt(Integer::intValue)
        .sum();
  }

  private static void refuse(Name zone, String why) {
    throw new IllegalArgumentException(NameText.of(zone) + why);
  }

  private Known known(Name zone, Instant now) {
    return forecasts
        .of(zone, now)
        .orElseThrow(() -> new NoSuchThingException(NameText.of(zone) + views.withoutKey(zone)));
  }

  /** What has been foreseen so far: no more steps than are wanted are kept. */
  private final class Gathering {
    private final Asked asked;
    private final Instant now;
    private final List<PolicyStore.Stored> stored = store.read();
    private final Map<String, ZonePolicy> policies = new HashMap<>();
    private final Map<List<String>, Integer> signatures = new TreeMap<>(KeyPlans::order);
    private final PriorityQueue<Line> latestFirst = new PriorityQueue<>(Line.ORDER.reversed());
    private final List<String> notes = new ArrayList<>();
    private long found;
    private long zones;
    private long left;

    Gathering(Asked asked, Instant now) {
      this.asked = asked;
      this.now = now;
    }

    /** Where neither key is replaced, the reason is the same. */
    void notes(Known known) {
      known.obstacles().values().stream()
          .distinct()
          .forEach(why -> notes.add(NameText.of(known.zone()) + why));
    }

    /** Returns how many zones there have been. */
    long add(List<Known> some) {
      zones += some.size();
      List<Known> signed = some.stream().filter(Known::isReplaced).toList();
      left += some.size() - signed.size();
      // Here, since a refusal in another thread would come as the cause of another exception.
      signed.forEach(known -> policies.computeIfAbsent(known.policy(), this::used));
      signed.parallelStream().map(this::foreseen).toList().forEach(this::add);
      return zones;
    }

    private ZonePolicy used(String name) {
      ZonePolicy policy = policy(stored, name, asked.settings());
      refuseTooMany(policy, asked.until());
      return policy;
    }

    private Foreseen foreseen(Known known) {
      ZonePolicy policy = policies.get(known.policy());
      Forecast.Begin begin = known.begin(policy, now);
      return new Foreseen(
          known,
          policy,
          begin,
          Forecast.of(begin, starts(known), asked.parentTakes(), now, now.plus(asked.until())));
    }

    private Set<KeyRole> starts(Known known) {
      return asked.starts().stream()
          .filter(role -> !known.obstacles().containsKey(role))
          .collect(Collectors.toSet());
    }

    private void add(Foreseen zone) {
      for (Step step : zone.forecast.steps()) {
        if (step.person() || !asked.person()) {
          latestFirst.add(new Line(found++, zone.begin, step));
          if (asked.limit() > 0 && latestFirst.size() > asked.limit()) {
            latestFirst.remove();
          }
        }
      }
      zone.forecast
          .signatures()
          .forEach(
              (month, count) ->
                  signatures.merge(
                      List.of(
                          month.month().toString(), token(zone.known, zone.policy, month.key())),
                      count,
                      Integer::sum));
    }

    Plan plan() {
      if (asked.zone().isEmpty() && left > 0) {
        notes.add(
            left
                + (left == 1 ? " zone is" : " zones are")
                + " left out, in which no key is replaced; 'keyward plan ZONE' says why");
      }
      return new Plan(
          latestFirst.stream().sorted(Line.ORDER).map(one -> line(one.begin, one.step)).toList(),
          found - latestFirst.size(),
          signatures.entrySet().stream().map(KeyPlans::month).toList(),
          left,
          notes);
    }
  }

  private record Foreseen(
      Known known, ZonePolicy policy, Forecast.Begin begin, Forecast forecast) {}

  /** A step of a zone, with its place among those of the same time. */
  private record Line(long number, Forecast.Begin begin, Step step) {
    static final Comparator<Line> ORDER =
        Comparator.comparing((Line line) -> line.step.at()).thenComparing(Line::number);
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

  private static void refuseTooMany(ZonePolicy policy, Duration until) {
    for (KeyRole role : KeyRole.values()) {
      policy
          .policy()
          .lifetime(role)
          .filter(life -> until.dividedBy(life) > MOST_ROLLS)
          .ifPresent(
              life -> {
                throw new IllegalArgumentException(
                    "the policy %s replaces a %s every %s, more than %d times until then; look less far ahead"
                        .formatted(policy.name(), role, DurationWords.of(life), MOST_ROLLS));
              });
    }
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
