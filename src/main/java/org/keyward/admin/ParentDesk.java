package org.keyward.admin;

import java.time.Instant;
import org.xbill.DNS.Name;

/** Port to what the parents of zones have of them. */
@FunctionalInterface
public interface ParentDesk {
  /**
   * Has the parent asked now, and waits for the answer.
   *
   * @throws NoSuchThingException when there is no such zone
   * @throws ConflictException when nobody answers; its message says whom to look after
   */
  View ask(Name zone);

  /**
   * What the parent has.
   *
   * @param verdict {@code fits} or what is the matter, as in the list of zones
   * @param detail the DS that do not fit; empty when all do
   */
  record View(Name zone, String verdict, String detail, Instant checkedAt) {
    /** Whether there is nothing to do. */
    public boolean fits() {
      return verdict.equals("fits");
    }
  }
}
