package org.keyward.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.keyward.app.AuditReader;
import org.keyward.app.ZoneAdministration;
import org.keyward.audit.AuditFilter;
import org.keyward.audit.AuditFormat;
import org.keyward.audit.AuditReport;
import org.keyward.audit.AuditReportPages;
import org.keyward.audit.AuditRow;
import org.keyward.audit.AuditVerification;
import org.keyward.audit.KeyHistory;
import org.keyward.audit.Moments;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keyward audit …}: one nested class per command. */
@Command(
    name = "audit",
    description = "Shows and verifies the log of everything done with keys.",
    subcommands = {
      AuditCommand.ListNewest.class,
      AuditCommand.Keys.class,
      AuditCommand.Verify.class,
      AuditCommand.Export.class,
      AuditCommand.Report.class
    })
final class AuditCommand {
  private AuditCommand() {}

  /** Which events. */
  static final class Filter {
    @Option(names = "--zone", paramLabel = "ZONE", description = "Only of this zone.")
    private Optional<String> zone = Optional.empty();

    @Option(names = "--key", paramLabel = "KEY", description = "Only of this label, tag or CKA_ID.")
    private Optional<String> key = Optional.empty();

    @Option(names = "--token", paramLabel = "TOKEN", description = "Only of this name or serial.")
    private Optional<String> token = Optional.empty();

    @Option(
        names = "--actor",
        paramLabel = "ACTOR",
        description = "Only by this one, such as api:alice; * stands for anything.")
    private Optional<String> actor = Optional.empty();

    @Option(
        names = "--from",
        paramLabel = "TIME",
        description = "From then on: 2026-03-01 or 2026-03-01T10:00:00Z.")
    private Optional<String> from = Optional.empty();

    @Option(names = "--to", paramLabel = "TIME", description = "Before then.")
    private Optional<String> to = Optional.empty();

    AuditFilter read(Action action) {
      return new AuditFilter(zone, key, token, actor, moment(action, from), moment(action, to));
    }

    static Optional<Instant> moment(Action action, Optional<String> text) {
      try {
        return text.map(Moments::parse);
      } catch (IllegalArgumentException e) {
        throw action.wrongUsage(e.getMessage());
      }
    }
  }

  @Command(name = "list", description = "The newest events, the newest first.")
  static final class ListNewest extends Action {
    @Mixin private Filter filter;

    @Option(
        names = "--limit",
        paramLabel = "COUNT",
        defaultValue = "200",
        description = "At most this many; default: 200.")
    private int limit;

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Override
    void run() {
      List<String> columns = new ArrayList<>(List.of("id", "at"));
      columns.addAll(AuditRow.FIELDS);
      Listing listing = new Listing(columns.toArray(String[]::new));
      AuditFilter chosen = filter.read(this);
      try (AuditReader audit = AuditReader.open(config())) {
        for (AuditRow row : audit.newest(chosen, Optional.empty(), limit)) {
          List<Object> values =
              new ArrayList<>(List.of(row.id(), json ? row.at() : seconds(row.at())));
          values.addAll(row.fields());
          listing.add(values.toArray());
        }
      }
      listing.print(out(), json);
    }
  }

  /** The log has microseconds, for its hash; people need seconds. */
  private static String seconds(String at) {
    return at.replaceFirst("\\.\\d+Z$", "Z");
  }

  @Command(
      name = "keys",
      description = {
        "What each key of a zone did since when, and who asked for it: from the audit log alone, so also"
            + " of a zone that is deleted.",
        "States: new, published (all name servers show it), active (of a KSK: the parent has its DS; of a"
            + " ZSK: the zone is signed with it), retired, leaving, removed, purged (no private key)."
      })
  static final class Keys extends Action {
    @Parameters(paramLabel = "ZONE", description = "The zone.")
    private String zone;

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Override
    void run() {
      Listing listing = new Listing("at", "role", "key_tag", "state", "key", "actor", "detail");
      try (AuditReader audit = AuditReader.open(config())) {
        for (KeyHistory.Change change : audit.keys(ZoneAdministration.name(zone))) {
          listing.add(
              json ? change.at() : seconds(change.at()),
              change.role(),
              change.tag(),
              change.state().name().toLowerCase(Locale.ROOT),
              change.key().isEmpty() ? null : change.key(),
              change.actor(),
              change.detail());
        }
      }
      listing.print(out(), json);
    }
  }

  @Command(name = "verify", description = "Finds any changed, removed or reordered event.")
  static final class Verify extends Action {
    @Option(
        names = "--head",
        paramLabel = "HASH",
        description = "A last hash that was written down earlier: the log must still have it.")
    private Optional<String> head = Optional.empty();

    @Override
    void run() {
      try (AuditReader audit = AuditReader.open(config())) {
        Progress progress = new Progress(err());
        AuditVerification found = audit.verify(head, progress);
        progress.clear();
        if (found.fault().isPresent()) {
          throw new CommandFailed("the audit log was changed: " + found.fault().get());
        }
        found
            .knownAt()
            .ifPresent(row -> out().println("the hash written down is that of event " + row));
        out().println("verified " + found.count() + " events, last hash " + found.head());
      }
    }
  }

  @Command(name = "export", description = "Events with their hashes, the oldest first.")
  static final class Export extends Action {
    @Mixin private Filter filter;

    @Option(
        names = "--format",
        paramLabel = "FORMAT",
        defaultValue = "jsonl",
        description = "jsonl (one JSON object a line) or csv; default: jsonl.")
    private String format;

    @Override
    void run() {
      AuditFormat chosen =
          AuditFormat.parse(format)
              .orElseThrow(() -> wrongUsage("--format " + format + " is none of jsonl, csv"));
      AuditFilter which = filter.read(this);
      try (AuditReader audit = AuditReader.open(config())) {
        chosen.header().ifPresent(out()::println);
        Progress progress = new Progress(err());
        AtomicLong written = new AtomicLong();
        audit.forEach(
            which,
            row -> {
              out().println(chosen.line(row));
              progress.at("writing events", written.incrementAndGet(), 0);
            });
        progress.clear();
      }
    }
  }

  @Command(
      name = "report",
      description = "What a person signs off for a period: who changed what and why.")
  static final class Report extends Action {
    @Option(
        names = "--from",
        paramLabel = "TIME",
        required = true,
        description = "2026-01-01 or 2026-01-01T10:00:00Z.")
    private String from;

    @Option(
        names = "--to",
        paramLabel = "TIME",
        required = true,
        description = "The first moment that is left out.")
    private String to;

    @Option(names = "--html", paramLabel = "FILE", description = "Write a page there instead.")
    private Path html;

    @Override
    void run() throws IOException {
      Instant first = Filter.moment(this, Optional.of(from)).orElseThrow();
      Instant end = Filter.moment(this, Optional.of(to)).orElseThrow();
      AuditReport report;
      try (AuditReader audit = AuditReader.open(config())) {
        report = audit.report(first, end);
      }
      if (html == null) {
        out().print(AuditReportPages.text(report));
      } else {
        Files.writeString(html, AuditReportPages.html(report));
        out().println("wrote " + html);
      }
    }
  }
}
