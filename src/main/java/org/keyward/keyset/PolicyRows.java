package org.keyward.keyset;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.keyward.dnssec.SigningSchedule;

/**
 * All policies by name. Each leaves what it does not say to the one that it is based on, the last
 * of them to the signer's configuration. Immutable.
 *
 * @param root what nobody says: of the configuration, and built in
 */
public record PolicyRows(Map<String, PolicyRow> rows, Policy root) {
  /** Of zones for which none is said. */
  public static final String DEFAULT = "default";

  /** Of zones that came with keys: none is replaced by itself. */
  public static final String AS_BEFORE = "as-before";

  public PolicyRows {
    rows = Map.copyOf(rows);
  }

  public static PolicyRows of(Collection<PolicyRow> rows, Policy root) {
    Map<String, PolicyRow> byName = new HashMap<>();
    rows.forEach(row -> byName.put(row.name(), row));
    return new PolicyRows(byName, root);
  }

  /** The same with this row in place of the one of its name. */
  public PolicyRows with(PolicyRow row) {
    Map<String, PolicyRow> changed = new HashMap<>(rows);
    changed.put(row.name(), row);
    return new PolicyRows(changed, root);
  }

  /** What a policy comes to; one that is not there is {@link #DEFAULT}. */
  public ZonePolicy effective(String name) {
    List<PolicyRow> chain = chain(name);
    SignatureTerms asked = terms(chain);
    SignatureTerms terms = signatureFaults(name).isEmpty() ? asked : terms(List.of());
    return new ZonePolicy(
        name,
        new Policy(
            new SigningSchedule(terms.validity(), terms.step(), root.schedule().inceptionOffset()),
            terms.runway(),
            terms.dnskeyTtl(),
            lifetime(chain, PolicyTerm.ZSK_LIFETIME, root.zskLifetime()),
            lifetime(chain, PolicyTerm.KSK_LIFETIME, root.kskLifetime()),
            said(chain, PolicyTerm.PROPAGATION).orElse(root.propagation()),
            said(chain, PolicyTerm.PARENT_PROPAGATION).orElse(root.parentPropagation()),
            said(chain, PolicyTerm.DS_TTL).orElse(root.dsTtlAtLeast()),
            said(chain, PolicyTerm.DATA_TTL).orElse(root.zoneTtlAtLeast()),
            said(chain, PolicyTerm.PUBLISH_SAFETY).orElse(root.publishSafety()),
            said(chain, PolicyTerm.RETIRE_SAFETY).orElse(root.retireSafety())),
        chain.stream().flatMap(row -> row.pace().stream()).findFirst().orElse(Pace.LAZY),
        chain.stream().flatMap(row -> row.nextKsk().stream()).findFirst(),
        chain.stream().flatMap(row -> row.parentDs().stream()).findFirst().orElse(DsWriting.HAND));
  }

  private SignatureTerms terms(List<PolicyRow> chain) {
    return new SignatureTerms(
        said(chain, PolicyTerm.VALIDITY).orElse(root.schedule().validity()),
        said(chain, PolicyTerm.STEP).orElse(root.schedule().step()),
        said(chain, PolicyTerm.RUNWAY).orElse(root.runway()),
        said(chain, PolicyTerm.DNSKEY_TTL).orElse(root.dnskeyTtl()));
  }

  /**
   * What is unsafe about the signatures that a policy asks for, so that the configuration's are
   * made. The configuration itself is judged where it is read.
   */
  public List<String> signatureFaults(String name) {
    List<PolicyRow> chain = chain(name);
    SignatureTerms terms = terms(chain);
    return terms.equals(terms(List.of()))
        ? List.of()
        : terms.faults(said(chain, PolicyTerm.PROPAGATION).orElse(root.propagation()));
  }

  /** What is unsafe about a policy, in one line each, with what would be safe. */
  public List<String> unsafe(String name) {
    return Stream.concat(signatureFaults(name).stream(), effective(name).policy().faults().stream())
        .toList();
  }

  /** The policy, the one that it is based on, and so on. */
  private List<PolicyRow> chain(String name) {
    List<PolicyRow> chain = new ArrayList<>();
    Set<String> met = new HashSet<>();
    Optional<PolicyRow> next =
        Optional.ofNullable(rows.get(name)).or(() -> Optional.ofNullable(rows.get(DEFAULT)));
    while (next.isPresent() && met.add(next.get().name())) {
      chain.add(next.get());
      next = next.get().base().map(rows::get);
    }
    return chain;
  }

  private static Optional<Duration> said(List<PolicyRow> chain, PolicyTerm term) {
    return chain.stream()
        .flatMap(row -> Optional.ofNullable(row.terms().get(term)).stream())
        .findFirst();
  }

  private static Optional<Duration> lifetime(
      List<PolicyRow> chain, PolicyTerm term, Optional<Duration> otherwise) {
    return said(chain, term).or(() -> otherwise).filter(life -> !life.isZero());
  }

  /** Names of the policy, the one that it is based on, and so on. */
  public List<String> names(String name) {
    return chain(name).stream().map(PolicyRow::name).toList();
  }

  /** Policies that are based on this one, and itself. */
  public List<String> heirs(String name) {
    return rows.keySet().stream()
        .filter(heir -> chain(heir).stream().anyMatch(row -> row.name().equals(name)))
        .sorted()
        .toList();
  }

  /**
   * Why these policies must not be stored: one is based on itself, on one that is not there, or
   * comes to something unsafe.
   *
   * @param changed the one that is to be another
   */
  public List<String> faults(String changed) {
    Optional<String> base = rows.get(changed).base();
    if (base.isPresent() && !rows.containsKey(base.get())) {
      return List.of("there is no policy " + base.get());
    }
    if (chain(changed).stream()
        .noneMatch(row -> row.base().isEmpty() && row.name().equals(DEFAULT))) {
      return List.of(changed + " would be based on itself");
    }
    return heirs(changed).stream()
        .flatMap(heir -> unsafe(heir).stream().map(why -> heir + ": " + why))
        .toList();
  }
}
