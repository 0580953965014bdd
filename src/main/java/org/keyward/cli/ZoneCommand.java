package org.keyward.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.keyward.app.ZoneAdministration;
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
      ZoneCommand.Check.class,
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

  @Command(name = "create", description = "Makes a zone of a SOA and its name servers.")
  static final class Create extends OfOne {
    @Option(
        names = "--ns",
        paramLabel = "NAME",
        required = true,
        arity = "1..*",
        description = "Its name servers; the first one is in the SOA.")
    private List<String> servers;

    @Option(
        names = "--hostmaster",
        paramLabel = "NAME",
        description = "The mailbox in the SOA; default: hostmaster.ZONE.")
    private String hostmaster;

    @Override
    void run() {
      try (ZoneAdministration zones = ZoneAdministration.open(config())) {
        zones.create(
            zone(),
            servers.stream().map(ZoneAdministration::name).toList(),
            Optional.ofNullable(hostmaster).map(ZoneAdministration::name));
      }
      out().println("created " + zone());
    }
  }

  @Command(name = "import", description = "Replaces a zone's records by those of a master file.")
  static final class Import extends OfOne {
    @Parameters(index = "1", paramLabel = "FILE", description = "A master file (RFC 1035).")
    private Path file;

    @Override
    void run() throws IOException {
      try (ZoneAdministration zones = ZoneAdministration.open(config())) {
        int records = zones.importFile(zone(), file);
        out().println("imported " + records + " records into " + zone());
      }
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
          listing.add(zone.origin(), zone.id(), zone.kind(), zone.serial(), zone.account());
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
            .records()
            .forEach(
                row ->
                    listing.add(row.owner(), row.ttl(), row.type(), row.priority(), row.content()));
      }
      listing.print(out(), json);
    }
  }

  @Command(name = "export", description = "Prints a zone as a master file.")
  static final class Export extends OfOne {
    @Override
    void run() {
      try (ZoneAdministration zones = ZoneAdministration.open(config())) {
        zones.export(zone(), out());
      }
    }
  }

  @Command(
      name = "check",
      description = "Names the records that cannot be served; exit code 1 when there are any.")
  static final class Check extends Action {
    @Parameters(paramLabel = "ZONE", arity = "0..1", description = "Default: every zone.")
    private String zone;

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Override
    void run() {
      Listing listing = new Listing("zone", "owner", "type", "content", "reason");
      int found = 0;
      try (ZoneAdministration zones = ZoneAdministration.open(config())) {
        List<Name> names =
            zone == null
                ? zones.list().stream().map(ZoneHeader::origin).toList()
                : List.of(ZoneAdministration.name(zone));
        for (Name name : names) {
          for (RecordProblem problem : zones.problems(name)) {
            listing.add(name, problem.owner(), problem.type(), problem.content(), problem.reason());
            found++;
          }
        }
      }
      if (found > 0 || json) {
        listing.print(out(), json);
      } else {
        out().println("no problems found");
      }
      out().flush();
      if (found > 0) {
        throw new CommandFailed(found + " problems found");
      }
    }
  }

  @Command(name = "delete", description = "Deletes a zone with everything in it.")
  static final class Delete extends OfOne {
    @Override
    void run() {
      try (ZoneAdministration zones = ZoneAdministration.open(config())) {
        zones.delete(zone());
      }
      out().println("deleted " + zone());
    }
  }
}
