package org.keyward.zone;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;

/** What is left out of a zone, and why. */
final class ZoneProblems {
  private ZoneProblems() {}

  static List<RecordProblem> of(
      ZoneHeader.Kind kind,
      ZoneContents contents,
      ReadByPowerDns readable,
      Optional<ZoneSigner> signer,
      Denial denial) {
    ZoneTree tree = contents.tree();
    List<RecordProblem> all = new ArrayList<>();
    if (!tree.hasSoa()) {
      all.add(new RecordProblem("", "", "", withoutSoa(kind)));
    }
    signer
        .map(ZoneSigner::mode)
        .filter(ModeSchedule::held)
        .ifPresent(mode -> all.add(held(tree.origin())));
    all.addAll(readable.problems());
    contents.problems().entries().forEach(entry -> all.addAll(entry.getValue()));
    signer.ifPresent(by -> all.addAll(by.problems()));
    all.addAll(denial.problems());
    all.addAll(hidden(tree));
    return all;
  }

  private static String withoutSoa(ZoneHeader.Kind kind) {
    return kind == ZoneHeader.Kind.SLAVE
        ? "the zone has no records yet and is not served: PowerDNS has not transferred it from its"
            + " primaries; see PowerDNS's log, and domains.master"
        : "the zone has no SOA record and is not served; insert one";
  }

  private static RecordProblem held(Name origin) {
    return new RecordProblem(
        NameText.of(origin),
        "MODE",
        SigningMode.POWERDNS.word(),
        "the zone stays pre-signed: PowerDNS could not log in to the token of its key, for this server"
            + " has no PIN for it that may be tried; add the token with its pin-file to 'tokens' of"
            + " each 'keyward serve'");
  }

  private static List<RecordProblem> hidden(ZoneTree tree) {
    List<RecordProblem> hidden = new ArrayList<>();
    for (Name dname : tree.dnames()) {
      tree.below(dname)
          .forEach(
              (owner, node) -> node.rows().forEach(row -> hidden.add(hidden(owner, row, dname))));
    }
    return hidden;
  }

  private static RecordProblem hidden(Name owner, RecordRow row, Name dname) {
    return new RecordProblem(
        NameText.of(owner),
        row.type(),
        row.content(),
        "it is below the DNAME of "
            + NameText.of(dname)
            + ", where nothing may be (RFC 6672, section 2.4); a signed zone is served without it;"
            + " delete it, or the DNAME");
  }
}
