package org.keyward.signing;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;

/**
 * What the name servers of a parent answer about a zone, each address by itself.
 *
 * @param parent the parent zone; empty where nobody has looked for it, or there is none
 */
public record ParentAnswers(Optional<Name> parent, List<ParentAnswer> all) {
  /** Nobody is to be asked. */
  public static final ParentAnswers NONE = new ParentAnswers(Optional.empty(), List.of());

  public ParentAnswers {
    all = List.copyOf(all);
  }

  List<ParentAnswer> answered() {
    return all.stream().filter(ParentAnswer::answered).toList();
  }

  /**
   * The DS that any server has; empty when each name server says, at one of its addresses at least,
   * that there is none.
   *
   * @throws ParentDs.UnansweredException when there is none, and a name server did not say
   */
  public List<DSRecord> certain(Name zone) {
    List<DSRecord> ds = all.stream().flatMap(one -> one.ds().stream()).distinct().toList();
    List<ParentAnswer> silent = silent();
    if (ds.isEmpty() && !silent.isEmpty()) {
      throw unanswered(zone, silent);
    }
    return ds;
  }

  /** Those of the name servers that did not answer at any of their addresses. */
  private List<ParentAnswer> silent() {
    Map<String, List<ParentAnswer>> servers =
        all.stream()
            .collect(
                Collectors.groupingBy(
                    ParentAnswer::server, LinkedHashMap::new, Collectors.toList()));
    return servers.values().stream()
        .filter(addresses -> addresses.stream().noneMatch(ParentAnswer::answered))
        .flatMap(List::stream)
        .toList();
  }

  /** Why nobody says what the parent has. */
  ParentDs.UnansweredException unanswered(Name zone) {
    return unanswered(zone, silent());
  }

  private ParentDs.UnansweredException unanswered(Name zone, List<ParentAnswer> silent) {
    return new ParentDs.UnansweredException(
        "not every name server of "
            + parent.map(name -> NameText.of(name)).orElse("the parent")
            + " says whether "
            + NameText.of(zone)
            + " has a DS: "
            + silent.stream()
                .map(one -> one.place() + ": " + one.detail())
                .collect(Collectors.joining("; "))
            + "; let the signer reach them, or set signing.parent-check to 'resolver'",
        null);
  }
}
