package org.keyward.signing;

import java.util.List;
import java.util.Optional;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;

/** Port to what the parent zone tells the world about a zone. Thread-safe. */
@FunctionalInterface
public interface ParentDs {
  /** For installations that must not ask: nothing is known of parents elsewhere. */
  ParentDs NOT_ASKED = zone -> List.of();

  /**
   * The DS set at the parent, of all its name servers; empty when all prove or say that there is
   * none.
   *
   * @throws UnansweredException when nobody can say
   */
  List<DSRecord> of(Name zone);

  /**
   * The same, of each address of each name server by itself.
   *
   * @throws UnansweredException when nobody can say whom to ask
   */
  default ParentAnswers ask(Name zone) {
    return new ParentAnswers(
        Optional.empty(),
        List.of(ParentAnswer.of(ParentAnswer.RESOLVER, "", of(zone), Optional.empty())));
  }

  /** Whether there is a DS could not be found out. Its message says whom to look after. */
  final class UnansweredException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnansweredException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
