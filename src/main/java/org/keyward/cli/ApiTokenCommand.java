package org.keyward.cli;

import java.time.Duration;
import java.util.Optional;
import org.keyward.admin.ApiToken;
import org.keyward.admin.Role;
import org.keyward.app.ApiTokenAdministration;
import org.keyward.audit.Actor;
import org.keyward.config.Durations;
import org.keyward.dnssec.TimeText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keyward api-token …}: one nested class per command. */
@Command(
    name = "api-token",
    description = "Makes, lists and revokes tokens for the admin API.",
    subcommands = {
      ApiTokenCommand.Create.class,
      ApiTokenCommand.ListAll.class,
      ApiTokenCommand.Revoke.class
    })
final class ApiTokenCommand {
  private ApiTokenCommand() {}

  @Command(name = "create", description = "Makes a token and prints it, this once.")
  static final class Create extends Action {
    @Parameters(paramLabel = "NAME", description = "Whose it is; the audit log says api:NAME.")
    private String name;

    @Option(
        names = "--role",
        paramLabel = "ROLE",
        required = true,
        description = "auditor reads, operator changes too.")
    private String role;

    @Option(
        names = "--expires",
        paramLabel = "TIME",
        description = "For how long it is good, such as 90d; default: until it is revoked.")
    private String expires;

    @Override
    void run() {
      Role parsed =
          Role.parse(role)
              .orElseThrow(() -> wrongUsage("--role " + role + " is none of auditor, operator"));
      try (ApiTokenAdministration access = ApiTokenAdministration.open(config())) {
        String token =
            access.tokens().create(name, parsed, lifetime(), Actor.operatingSystemUser());
        err().println("This is the only time that the token is shown:");
        err().flush();
        out().println(token);
      }
    }

    private Optional<Duration> lifetime() {
      try {
        return Optional.ofNullable(expires).map(Durations::parse);
      } catch (IllegalArgumentException e) {
        throw wrongUsage("--expires: " + e.getMessage());
      }
    }
  }

  @Command(name = "list", description = "All tokens, without their secret.")
  static final class ListAll extends Action {
    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Override
    void run() {
      Listing listing =
          new Listing("name", "role", "state", "created_at", "created_by", "expires_at");
      try (ApiTokenAdministration access = ApiTokenAdministration.open(config())) {
        for (ApiToken token : access.tokens().all()) {
          listing.add(
              token.name(),
              token.role().word(),
              token.state(access.now()),
              TimeText.of(token.createdAt()),
              token.createdBy(),
              token.expiresAt());
        }
      }
      listing.print(out(), json);
    }
  }

  @Command(name = "revoke", description = "Ends a token, at once and for good.")
  static final class Revoke extends Action {
    @Parameters(paramLabel = "NAME", description = "The token's name.")
    private String name;

    @Override
    void run() {
      try (ApiTokenAdministration access = ApiTokenAdministration.open(config())) {
        access.tokens().revoke(name, Actor.operatingSystemUser());
      }
      out().println("revoked " + name);
    }
  }
}
