package org.keyward.signing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.keyward.config.Durations;
import org.keyward.keyset.DsWriting;
import org.keyward.keyset.DurationWords;
import org.keyward.keyset.PolicyRow;
import org.keyward.keyset.PolicyRows;
import org.keyward.keyset.PolicyTerm;
import org.keyward.keyset.ZonePolicy;
import org.keyward.signing.PolicyStore.Stored;

/** Policies as people write them, and as they are stored: {@code zsk-lifetime=91d pace=lazy}. */
public final class PolicyText {
  static final String NEVER = "never";
  private static final String BASE = "base";
  private static final String PACE = "pace";
  private static final String NEXT_KSK = "next-ksk";
  private static final String PARENT_DS = "parent-ds";
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");
  private static final Pattern KEY = Pattern.compile("[^/\\s]+/\\S+");

  /**
   * Longer than any zone is looked after; a longer number of seconds could not be added to a time.
   */
  private static final Duration MOST = Duration.ofDays(100 * 365L);

  private PolicyText() {}

  /** Every field that a policy may say, in the order in which they are shown. */
  public static List<String> fields() {
    List<String> fields = new ArrayList<>();
    Arrays.stream(PolicyTerm.values()).map(PolicyTerm::word).forEach(fields::add);
    fields.add(2, NEXT_KSK);
    fields.add(3, PACE);
    fields.add(4, PARENT_DS);
    return fields;
  }

  /**
   * @throws IllegalArgumentException when a value cannot be read; says which
   */
  static PolicyRow row(Stored stored) {
    Map<PolicyTerm, Duration> terms = new EnumMap<>(PolicyTerm.class);
    for (PolicyTerm term : PolicyTerm.values()) {
      Optional.ofNullable(stored.says().get(term.word()))
          .ifPresent(text -> terms.put(term, duration(term, text)));
    }
    return new PolicyRow(
        stored.name(),
        stored.base(),
        terms,
        Optional.ofNullable(stored.says().get(PACE)).map(PaceText::parse),
        Optional.ofNullable(stored.says().get(NEXT_KSK)).map(PolicyText::key),
        Optional.ofNullable(stored.says().get(PARENT_DS)).map(PolicyText::parentDs));
  }

  private static Duration duration(PolicyTerm term, String text) {
    if (term.mayBeNever() && text.equals(NEVER)) {
      return Duration.ZERO;
    }
    Duration duration;
    try {
      duration = Durations.parse(text);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new IllegalArgumentException(
          term.word() + ": " + e.getMessage() + (term.mayBeNever() ? ", nor 'never'" : ""), e);
    }
    if (duration.compareTo(MOST) > 0 || (term.mayBeNever() && duration.toSeconds() < 1)) {
      throw new IllegalArgumentException(
          term.word() + ": '" + text + "' is none that a key or a wait can have");
    }
    return Duration.ofSeconds(duration.toSeconds());
  }

  private static DsWriting parentDs(String text) {
    return switch (text) {
      case "hand" -> DsWriting.HAND;
      case "write" -> DsWriting.WRITE;
      default ->
          throw new IllegalArgumentException(PARENT_DS + ": '" + text + "' is not hand or write");
    };
  }

  private static String key(String text) {
    if (!KEY.matcher(text).matches()) {
      throw new IllegalArgumentException(NEXT_KSK + ": '" + text + "' is not TOKEN/LABEL");
    }
    return text;
  }

  /**
   * The policy with what is set in it.
   *
   * @param settings {@code FIELD=VALUE}, with spaces between; without a value its base says it
   * @throws IllegalArgumentException when they cannot be read; says what is wrong
   */
  static Stored changed(Stored policy, String settings) {
    if (!NAME.matcher(policy.name()).matches()) {
      throw new IllegalArgumentException(
          "'"
              + policy.name()
              + "' is no name for a policy: small letters, digits, '.', '_' and '-', at most 63");
    }
    Map<String, String> says = new TreeMap<>(policy.says());
    Optional<String> base = policy.base();
    for (String setting : settings.trim().split("\\s+")) {
      int equals = setting.indexOf('=');
      String field = equals < 0 ? setting : setting.substring(0, equals);
      String value = equals < 0 ? "" : setting.substring(equals + 1);
      if (equals < 0 || !(fields().contains(field) || field.equals(BASE))) {
        throw new IllegalArgumentException(
            "'"
                + setting
                + "' is not FIELD=VALUE; the fields are "
                + String.join(", ", fields())
                + " and base");
      }
      if (field.equals(BASE)) {
        base = Optional.of(value);
      } else if (value.isEmpty()) {
        says.remove(field);
      } else {
        says.put(field, value);
      }
    }
    Stored changed = new Stored(policy.name(), base, says);
    if (policy.name().equals(PolicyRows.DEFAULT) && base.isPresent()) {
      throw new IllegalArgumentException(
          "the policy default is based on the signer's configuration, and on no other policy");
    }
    row(changed);
    return changed;
  }

  /** What a policy comes to, in the order of {@link #fields}. */
  public static Map<String, String> effective(ZonePolicy policy) {
    Map<String, String> values = new java.util.LinkedHashMap<>();
    values.put(PolicyTerm.ZSK_LIFETIME.word(), lifetime(policy.policy().zskLifetime()));
    values.put(PolicyTerm.KSK_LIFETIME.word(), lifetime(policy.policy().kskLifetime()));
    values.put(NEXT_KSK, policy.nextKsk().orElse(""));
    values.put(PACE, policy.pace().toString());
    values.put(PARENT_DS, policy.parentDs() == DsWriting.WRITE ? "write" : "hand");
    values.put(PolicyTerm.PROPAGATION.word(), words(policy.policy().propagation()));
    values.put(PolicyTerm.PARENT_PROPAGATION.word(), words(policy.policy().parentPropagation()));
    values.put(PolicyTerm.DS_TTL.word(), words(policy.policy().dsTtlAtLeast()));
    values.put(PolicyTerm.DATA_TTL.word(), words(policy.policy().zoneTtlAtLeast()));
    values.put(PolicyTerm.PUBLISH_SAFETY.word(), words(policy.policy().publishSafety()));
    values.put(PolicyTerm.RETIRE_SAFETY.word(), words(policy.policy().retireSafety()));
    values.put(PolicyTerm.VALIDITY.word(), words(policy.policy().schedule().validity()));
    values.put(PolicyTerm.STEP.word(), words(policy.policy().schedule().step()));
    values.put(PolicyTerm.RUNWAY.word(), words(policy.policy().runway()));
    values.put(PolicyTerm.DNSKEY_TTL.word(), words(policy.policy().dnskeyTtl()));
    return values;
  }

  private static String lifetime(Optional<Duration> lifetime) {
    return lifetime.map(PolicyText::words).orElse(NEVER);
  }

  private static String words(Duration duration) {
    return DurationWords.of(duration);
  }
}
