package org.keyward.remote;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A command of pdnsutil, as {@code src/test/resources/pdnsutil/commands.yaml} describes it; that
 * file explains the fields.
 */
record PdnsutilCommand(
    String group,
    String command,
    String renamed,
    String where,
    String since,
    String kind,
    String zone,
    String file,
    String input,
    List<String> before,
    String arguments,
    Outcome outcome,
    String says,
    Integer exit,
    List<String> stored,
    String creates,
    String note) {
  private static final Path TABLE = Path.of("src/test/resources/pdnsutil/commands.yaml");

  PdnsutilCommand {
    before = Objects.requireNonNullElse(before, List.of());
    arguments = Objects.requireNonNullElse(arguments, "");
    stored = Objects.requireNonNullElse(stored, List.of());
    outcome = Objects.requireNonNullElse(outcome, Outcome.WORKS);
    exit = Objects.requireNonNullElse(exit, outcome.exit);
    says = Objects.requireNonNullElse(says, "");
    zone = Objects.requireNonNullElse(zone, "{zone}");
    kind = Objects.requireNonNullElse(kind, "MASTER");
    input = Objects.requireNonNullElse(input, "");
    where = Objects.requireNonNullElse(where, "");
    note = Objects.requireNonNullElse(note, "");
  }

  enum Outcome {
    /** Does what it says. */
    @JsonProperty("works")
    WORKS("works", 0),
    /** Asks no backend, so it works with any. */
    @JsonProperty("local")
    LOCAL("works (asks no backend)", 0),
    /** Fails and says so; nothing is stored. */
    @JsonProperty("cannot")
    CANNOT("cannot work", 1),
    /** Reports success or says nothing, and nothing is stored. */
    @JsonProperty("falsely")
    FALSELY("**false success**", 0);

    final String text;
    final int exit;

    Outcome(String text, int exit) {
      this.text = text;
      this.exit = exit;
    }
  }

  static List<PdnsutilCommand> all() throws IOException {
    return new ObjectMapper(new YAMLFactory())
        .readValue(TABLE.toFile(), new TypeReference<List<PdnsutilCommand>>() {});
  }

  /** Empty when that version does not have the command. */
  Optional<String> nameIn(String version) {
    if (since != null && version.compareTo(since) < 0) {
      return Optional.empty();
    }
    return Optional.of(version.startsWith("4.") || renamed == null ? command : renamed);
  }
}
