package org.keyward.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.keyward.admin.DatabaseSurvey;
import org.keyward.admin.DatabaseSurvey.FoundKey;
import org.keyward.admin.DatabaseSurvey.SignedZone;

/** What was found in a database, for people or as JSON. */
record SurveyReport(DatabaseSurvey found) {
  void print(PrintWriter out, boolean json) {
    Listing signed = signed();
    Listing rows = rows();
    Listing logins = logins();
    if (json) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("server", found.server());
      all.put("tables", found.tables());
      all.put("schema", found.schema());
      all.put("zones", found.zones());
      all.put("signed", signed.objects());
      all.put("rows_left_out", rows.objects());
      all.put("logins", logins.objects());
      all.put("obstacles", found.obstacles());
      all.put("remarks", found.remarks());
      out.println(Listing.json(all));
      return;
    }
    out.println(found.server());
    out.println("tables of PowerDNS: " + found.tables());
    out.println("schema keyward: " + found.schema());
    out.println("zones: " + zones());
    section(out, "keys of signed zones", signed);
    section(out, "rows that cannot be served, each left out", rows);
    section(out, "logins that own or write the tables, or are connected", logins);
    lines(out, "to know before", found.remarks());
    lines(out, "in the way of migrate", found.obstacles());
    out.println("nothing was changed");
  }

  private String zones() {
    long all = found.zones().values().stream().mapToLong(Long::longValue).sum();
    return all
        + found.zones().entrySet().stream()
            .map(kind -> kind.getValue() + " " + kind.getKey())
            .collect(Collectors.joining(", ", all == 0 ? "" : " (", all == 0 ? "" : ")"));
  }

  private static void section(PrintWriter out, String title, Listing listing) {
    int count = listing.objects().size();
    out.println(title + ": " + (count == 0 ? "none" : count));
    if (count > 0) {
      listing.print(out, false);
    }
  }

  private static void lines(PrintWriter out, String title, List<String> lines) {
    if (!lines.isEmpty()) {
      out.println(title + ":");
      lines.forEach(line -> out.println("  " + line));
    }
  }

  private Listing signed() {
    Listing listing =
        new Listing("zone", "signed_by", "id", "role", "algorithm", "tag", "state", "place");
    for (SignedZone zone : found.signed()) {
      String by = zone.presigned() ? "another server" : "powerdns";
      if (zone.keys().isEmpty()) {
        listing.add(zone.zone(), by, null, null, null, null, null, null);
      }
      for (FoundKey key : zone.keys()) {
        listing.add(
            zone.zone(),
            by,
            key.id(),
            role(zone, key),
            key.algorithm(),
            key.tag(),
            state(key),
            key.place());
      }
    }
    return listing;
  }

  /** As PowerDNS names them: a zone's only active key signs everything. */
  private static String role(SignedZone zone, FoundKey key) {
    boolean alone =
        zone.keys().stream()
            .filter(FoundKey::active)
            .noneMatch(other -> other.flags() != key.flags());
    return alone ? "CSK" : key.flags() == 257 ? "KSK" : "ZSK";
  }

  private static String state(FoundKey key) {
    List<String> words = new ArrayList<>();
    words.add(key.active() ? "active" : "inactive");
    words.add(key.published() ? "published" : "not published");
    return String.join(", ", words);
  }

  private Listing rows() {
    Listing listing = new Listing("zone", "owner", "type", "content", "reason");
    found
        .leftOut()
        .forEach(
            row ->
                listing.add(
                    empty(row.zone()),
                    empty(row.problem().owner()),
                    empty(row.problem().type()),
                    empty(row.problem().content()),
                    row.problem().reason()));
    return listing;
  }

  private static Optional<String> empty(String text) {
    return Optional.of(text).filter(given -> !given.isEmpty());
  }

  private Listing logins() {
    Listing listing = new Listing("login", "connections", "programs", "rights");
    found
        .logins()
        .forEach(
            login ->
                listing.add(login.name(), login.connections(), login.programs(), login.rights()));
    return listing;
  }
}
