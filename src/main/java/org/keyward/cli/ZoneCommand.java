package org.keyward.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.keyward.admin.WantedZone;
import org.keyward.app.SigningRequests;
import org.keyward.app.ZoneAdministration;
import org.keyward.audit.Actor;
import org.keyward.dnssec.NameText;
import org.keyward.zone.ImportPreview;
import org.keyward.zone.RecordProblem;
import org.keyward.zone.ZoneHeader;
import org.xbill.DNS.Name;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keyward zone …}: one nested class per command. */
@Command(
    name = "zone",
    description = "Creates, fills, shows and checks zones.",
    subcommands = {
      ZoneCommand.Create.class,
      ZoneCommand.Import.class,
      ZoneCommand.ListAll.class,
      ZoneCommand.Show.class,
      ZoneCommand.Export.class,
      ZoneCheckCommand.class,
      DenialCommand.class,
      ZoneCommand.Delete.class
    })
final class ZoneCommand {
  private ZoneCommand() {}

  /** A command about one zone. */
  abstract static class OfOne extends Action {
    @Parameters(paramLabel = "ZONE", description = "With or without its last dot; the root is '.'.")
    private String zone;

    final Name zone() {
      return ZoneAdministration.name(zone);
    }
  }

  @Command(
      name = "create",
      description = "Makes a zone of a SOA and its name servers, or a secondary of its primaries.")
  static final class Create extends OfOne {
    @Option(
        names = "--ns",
        paramLabel = "NAME",
        arity = "1..*",
        description = "Its name servers; the first one is in the SOA. A secondary has none here.")
    private List<String> servers = List.of();

    @Option(
        names = "--hostmaster",
        paramLabel = "NAME",
        description = "The mailbox in the SOA; default: hostmaster.ZONE.")
    private String hostmaster;

    @Option(
        names = "--kind",
        paramLabel = "KIND",
        defaultValue = "NATIVE",
        description =
            "NATIVE, PRIMARY (PowerDNS notifies secondaries) or SECONDARY; default: NATIVE.")
    private String kind;

    @Option(
        names = "--primary",
        paramLabel = "ADDRESS",
        arity = "1..*",
        description = "Of a secondary: where it gets its records from; with a port or without.")
    private List<String> primaries = List.of();

    @Override
    void run() {
      WantedZone wanted = wanted();
      try (ZoneAdministration zones = ZoneAdministration.open(config())) {
        zones.create(wanted);
      }
      out().println("created " + NameText.of(wanted.zone()));
    }

    private WantedZone wanted() {
      Name zone = zone();
      List<Name> named = servers.stream().map(ZoneAdministration::name).toList();
      Optional<Name> mailbox = Optional.ofNullable(hostmaster).map(ZoneAdministration::name);
      try {
        return new WantedZone(zone, kind, named, mailbox, primaries);
      } catch (IllegalArgumentException e) {
        throw wrongUsage(e.getMessage());
      }
    }
  }

  @Command(name = "import", description = "Replaces a zone's records by those of a master file.")
  static final class Import extends OfOne {
    @Parameters(index = "1", paramLabel = "FILE", description = "A master file (RFC 1035).")
    private Path file;

    @Option(names = "--dry-run", description = "Says what would happen; nothing changes.")
    private boolean dryRun;

    @Override
    void run() throws IOException {
      try (ZoneAdministration zones = ZoneAdministration.open(config())) {
        Progress progress = new Progress(err());
        if (dryRun) {
          ImportPreview preview = zones.previewImport(zone(), file, progress);
          progress.clear();
          show(preview);
          return;
        }
        int records = zones.importFile(zone(), file, progress);
        progress.clear();
        out().println("imported " + records + " records into " + NameText.of(zone()));
      }
    }

    private void show(ImportPreview preview) {
      preview.shownRemoved().forEach(line -> out().println("- " + line));
      preview.shownAdded().forEach(line -> out().println("+ " + line));
      out().println(preview.summary(zone()));
    }
  }

  @Command(name = "list", description = "All zones.")
  static final class ListAll extends Action {
    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Override
    void run() {
      Listing listing = new Listing("zone", "id", "kind", "serial", "account");
      try (ZoneAdministration zones = ZoneAdministration.open(config())) {
        for (ZoneHeader zone : zones.list()) {
          listing.add(
              NameText.of(zone.origin()), zone.id(), zone.kind(), zone.serial(), zone.account());
        }
      }
      listing.print(out(), json);
    }
  }

  @Command(name = "show", description = "The records of a zone.")
  static final class Show extends OfOne {
    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Override
    void run() {
      Listing listing = new Listing("owner", "ttl", "type", "priority", "content");
      try (ZoneAdministration zones = ZoneAdministration.open(config())) {
        zones
            .find(zone())
            .withoutEmptyNonTerminals()
            .forEach(
                row ->
                    listing.add(
                        NameText.of(row.owner()),
                        row.ttl(),
                        row.type(),
                        row.priority(),
                        row.content()));
      }
      listing.print(out(), json);
    }
  }

  @Command(name = "export", description = "Prints a zone as a master file.")
  static final class Export extends OfOne {
    @Override
    void run() {
      try (ZoneAdministration zones = ZoneAdministration.open(config())) {
        List<RecordProblem> leftOut = zones.export(zone(), out());
        if (!leftOut.isEmpty()) {
          throw new IllegalStateException(
              RecordProblem.notExported(zone(), leftOut) + "; in the file they are comments");
        }
      }
    }
  }

  @Command(name = "delete", description = "Deletes a zone with everything in it.")
  static final class Delete extends OfOne {
    @Option(
        names = "--insist",
        description =
            "Also a zone that is signed, or that has a DS at its parent, and is bogus without its"
                + " records; needs a reason.")
    private boolean insist;

    @Option(
        names = "--reason",
        paramLabel = "TEXT",
        defaultValue = "",
        description = "For the audit log, and for who has to approve it.")
    private String reason;

    @Option(names = "--dry-run", description = "Says what would happen; nothing changes.")
    private boolean dryRun;

    @Override
    void run() {
      if (insist && reason.isBlank()) {
        throw wrongUsage("--insist needs a --reason, for the audit log");
      }
      try (ZoneAdministration zones = ZoneAdministration.open(config())) {
        if (dryRun) {
          out().println(zones.previewDelete(zone(), insist, reason, Actor.operatingSystemUser()));
          return;
        }
        Optional<Long> request = zones.delete(zone(), insist, reason, Actor.operatingSystemUser());
        out()
            .println(
                request
                    .map(
                        id -> SigningRequests.waiting("the deletion of " + NameText.of(zone()), id))
                    .orElse("deleted " + NameText.of(zone())));
      }
    }
  }
}
