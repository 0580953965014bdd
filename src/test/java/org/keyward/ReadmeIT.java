package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Does what the README and the pages in docs/ say, in the order of their text, at one installation,
 * and compares what is printed. A block that is not run must say why, and the reason must be here.
 * What each command printed is left in target/docs-printed.txt.
 */
@Tag("once")
class ReadmeIT {
  /** Pages whose blocks another test runs. */
  private static final Map<String, String> OWN_TESTS =
      Map.of(
          "sql.md", "SqlPageTest",
          "privileges.md", "PrivilegesTest",
          "backup.md", "BackupPageTest",
          "reference", "ReferenceIT");

  /** Why a block is not run, and which test knows what it says nevertheless. */
  private static final Set<String> REASONS =
      Set.of(
          "installs packages, users and units",
          "rolls take days; CampaignZonesTest makes them, CommandReferenceTest knows the commands",
          "installs packages and sets up a host; bin/test-package does it in a new Debian",
          "starts services with systemd; the test starts the same commands",
          "starts a service with systemd; SystemdUnitsTest tries the drop-in",
          "starts services with systemd; PowerDnsToolsTest runs what is printed on every version",
          "downloads packages and stays up; DemoIT runs bin/demo --check",
          "needs keys of BIND; MigrationIT",
          "needs another backend and its data; MigrationFromOthersIT",
          "needs Docker; ComposeIT runs what the containers run",
          "is a file of p11-kit, for a card",
          "takes up to an hour; BenchIT runs the quick form of each part",
          "a roll takes days; PowerDnsRollTest makes one, CommandReferenceTest knows the commands",
          "a roll takes days; KskRollsTest makes one, CommandReferenceTest knows the commands",
          "policies are changed by the signer; CommandWalkTest runs these commands, PoliciesTest what they ask for",
          "policies are changed by the signer; ParentRecordsTest makes such rolls",
          "what it prints depends on when it is run; CommandWalkTest runs it, ForecastsTest holds that it comes so",
          "is a drawing",
          "is for PowerDNS over HTTP; SecretPathIT");

  private final List<String> printed = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();

  @Test
  void whatThePagesSayIsWhatHappens(@TempDir Path dir) throws Exception {
    Set<String> reasons = new TreeSet<>();
    try (DocInstallation reader = new DocInstallation(dir)) {
      for (Path file : pages()) {
        DocPage page = DocPage.read(file);
        String reason = "";
        for (DocPage.Step step : page.steps()) {
          if (step.language().equals("comment")) {
            reason = step.text().startsWith("not run: ") ? step.text().substring(9) : "";
            if (reason.isEmpty()) {
              reader.event(step.text());
            }
          } else if (reason.isEmpty()) {
            run(reader, file + ":" + step.line(), step);
          } else {
            reasons.add(reason);
            reason = "";
          }
        }
      }
    }
    Files.write(Path.of("target/docs-printed.txt"), printed);
    assertThat(wrong).isEmpty();
    assertThat(reasons).as("reasons for blocks that are not run").isEqualTo(new TreeSet<>(REASONS));
  }

  private void run(DocInstallation reader, String place, DocPage.Step step)
      throws IOException, InterruptedException {
    switch (step.language()) {
      case "console" -> {
        for (DocPage.Command command : DocPage.commands(step)) {
          String answer = reader.run(command);
          String shown = place + "\n" + command.person() + "$ " + command.text() + "\n" + answer;
          printed.add(shown);
          if (!DocPage.fits(command.printed(), answer)) {
            wrong.add(shown);
          }
        }
      }
      case "sh" -> reader.script(step.text()).ifPresent(error -> wrong.add(place + error));
      case "yaml" -> reader.configuration(step.text());
      case "sql" -> reader.sql(step.text()).ifPresent(error -> wrong.add(place + error));
      default -> wrong.add(place + ": the block is neither run nor has it a reason not to be");
    }
  }

  /** First the page that installs by hand, then the README, whose package is not installed here. */
  private static List<Path> pages() throws IOException {
    Path install = Path.of("docs/install.md");
    List<Path> pages = new ArrayList<>(List.of(install, Path.of("README.md")));
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      docs.filter(file -> file.toString().endsWith(".md"))
          .filter(file -> !file.equals(install))
          .filter(file -> !OWN_TESTS.containsKey(file.getFileName().toString()))
          .filter(file -> !OWN_TESTS.containsKey(file.getParent().getFileName().toString()))
          .sorted()
          .forEach(pages::add);
    }
    return pages;
  }
}
