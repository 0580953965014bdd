package org.keyward.cli;

import java.util.Optional;
import org.keyward.app.ZoneAdministration;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.Nsec3Parameters;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "denial",
    description = "Chooses how a zone proves what is not in it: NSEC or NSEC3.")
final class DenialCommand extends ZoneCommand.OfOne {
  @Parameters(index = "1", paramLabel = "nsec|nsec3", description = "The kind of chain.")
  private String kind;

  @Option(names = "--opt-out", description = "NSEC3 leaves out insecure delegations.")
  private boolean optOut;

  @Option(names = "--iterations", paramLabel = "N", description = "Of the hash; 0 is right.")
  private Integer iterations;

  @Option(names = "--salt", paramLabel = "HEX", description = "Of the hash; none is right.")
  private String salt;

  @Override
  void run() {
    Optional<Nsec3Parameters> parameters = parameters();
    try (ZoneAdministration zones = ZoneAdministration.open(config())) {
      zones.setDenial(zone(), parameters);
    }
    parameters
        .flatMap(Nsec3Parameters::warning)
        .ifPresent(warning -> err().println("keyward: warning: " + warning));
    out()
        .println(
            NameText.of(zone())
                + " goes to "
                + parameters.map(chosen -> "NSEC3 " + chosen.text()).orElse("NSEC")
                + "; what it had before is served as long as caches may ask for it");
  }

  private Optional<Nsec3Parameters> parameters() {
    if (kind.equals("nsec3")) {
      try {
        return Optional.of(
            new Nsec3Parameters(
                optOut, iterations == null ? 0 : iterations, salt == null ? "" : salt));
      } catch (IllegalArgumentException e) {
        throw wrongUsage(e.getMessage());
      }
    }
    if (!kind.equals("nsec")) {
      throw wrongUsage("'" + kind + "' is neither nsec nor nsec3");
    }
    if (optOut || iterations != null || salt != null) {
      throw wrongUsage("--opt-out, --iterations and --salt are for nsec3 only");
    }
    return Optional.empty();
  }
}
