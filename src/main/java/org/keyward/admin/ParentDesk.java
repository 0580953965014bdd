package org.keyward.admin;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
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
   * @param detail the DS that do not fit, and where, unless everywhere; empty when all do
   */
  record View(Name zone, String verdict, String detail, Instant checkedAt, List<Server> servers) {
    public View {
      servers = List.copyOf(servers);
    }

    /** Whether there is nothing to do. */
    public boolean fits() {
      return verdict.equals("fits");
    }
  }

  /**
   * What one address of one name server of the parent shows.
   *
   * @param parent the parent zone; empty when a resolver was asked
   * @param server its name, or {@code resolver}
   * @param shows MATCH, differs, none, lame, unreachable
   * @param ds as in a master file
   * @param ttl of the DS
   * @param detail why it does not say
   * @param since when it was first seen to show this
   * @param at when it was asked last
   */
  record Server(
      String parent,
      String server,
      String address,
      String shows,
      List<String> ds,
      Optional<Integer> ttl,
      String detail,
      Instant since,
      Instant at) {
    public Server {
      ds = List.copyOf(ds);
    }
  }
}
