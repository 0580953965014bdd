package org.keyward.remote;

import java.nio.file.Path;
import java.util.List;

/** {@code docs/pdnsutil.md}, made from the table of commands. */
final class PdnsutilDocument {
  static final Path PATH = Path.of("docs/pdnsutil.md");

  private static final List<String> VERSIONS = List.of("4.7", "4.9", "5.1");

  private static final String HEAD =
      """
      # pdnsutil with Keyward

      Every command of `pdnsutil` of PowerDNS 4.7, 4.9 and 5.1, as a test runs them (`PdnsutilCommandsTest`), each over the unix
      socket with its effect looked up in the database. This page is made from `src/test/resources/pdnsutil/commands.yaml`.

      - **works**: does what PowerDNS's manual says.
      - **works (asks no backend)**: is the same with any backend.
      - **cannot work**: fails and says so, since the remote backend's protocol has no such call. Nothing is stored.
      - **false success**: PowerDNS reports success without having asked the backend. Nothing is stored.
      - –: the version does not have the command.

      5.1 knows the names of 4.x too. In `rrset` commands it wants the whole name (`www.example.com`), where 4.x wants it without
      the zone (`www`).

      In a zone that Keyward signs, commands that change keys, PRESIGNED or NSEC3NARROW are refused, in mode split PUBLISH-CDS and PUBLISH-CDNSKEY too
      ([protocol](protocol.md)).

      What cannot work here, making and deleting zones above all, does with a second PowerDNS on the tables themselves: [powerdns-tools.md](powerdns-tools.md).

      PowerDNS's protocol carries no `"disabled": true`: a record that its API writes so is published, and rows that are disabled in `records` are not seen by
      `pdnsutil` and the API. Replacing or deleting a set leaves them as they are, and so do `pdnsutil load-zone` and `clear-zone`; a transfer from a primary takes them away, as with gpgsql. Disable and enable records in SQL: `UPDATE records SET disabled = true WHERE …`.
      """;

  private PdnsutilDocument() {}

  static String markdown(List<PdnsutilCommand> commands) {
    StringBuilder page = new StringBuilder(HEAD);
    for (PdnsutilCommand command : commands) {
      if (command.group() != null) {
        page.append("\n## ").append(command.group()).append("\n\n");
        page.append("| 4.x | 5.x | 4.7 | 4.9 | 5.1 | instead, or to know |\n");
        page.append("|---|---|---|---|---|---|\n");
      }
      page.append("| ").append(name(command, "4.9")).append(" | ").append(name(command, "5.1"));
      for (String version : VERSIONS) {
        page.append(" | ").append(command.nameIn(version).isEmpty() ? "–" : outcome(command));
      }
      page.append(" | ").append(command.note()).append(" |\n");
    }
    return page.toString();
  }

  private static String outcome(PdnsutilCommand command) {
    return command.outcome().text;
  }

  private static String name(PdnsutilCommand command, String version) {
    String where = command.where().isEmpty() ? "" : ", " + command.where();
    return command.nameIn(version).map(name -> "`" + name + "`" + where).orElse("–");
  }
}
