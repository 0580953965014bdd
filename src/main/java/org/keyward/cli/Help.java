package org.keyward.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.Column.Overflow;
import picocli.CommandLine.Help.TextTable;
import picocli.CommandLine.Model.UsageMessageSpec;

/** What {@code --help} and the man pages say beside the options: groups, examples, exit codes. */
final class Help {
  /** The commands by what somebody wants to do. */
  static final Map<String, List<String>> GROUPS = new LinkedHashMap<>();

  static {
    GROUPS.put("Zones", List.of("zone", "ds", "mode"));
    GROUPS.put(
        "Keys and signing",
        List.of("assign", "unassign", "roll", "policy", "plan", "key", "token", "parent"));
    GROUPS.put("How things are", List.of("status", "findings", "audit", "clock"));
    GROUPS.put("People", List.of("request", "approve", "two-person", "api-token"));
    GROUPS.put(
        "Installing and moving",
        List.of("setup", "migrate", "pdns-config", "adopt-hsm", "leave", "seal", "demo"));
    GROUPS.put("Services", List.of("serve", "sign", "run"));
  }

  private static final Set<String> WORDS = Set.of("--help", "-h");
  private static final Map<String, String> EXIT_CODES = new LinkedHashMap<>();

  static {
    EXIT_CODES.put("0", "Done.");
    EXIT_CODES.put("1", "Refused or failed, with one line on stderr.");
    EXIT_CODES.put("2", "Wrong usage.");
  }

  private static final int WIDTH = 80;
  private static final int NAME_WIDTH = 15;

  private Help() {}

  /** {@code help zone list} is {@code zone list --help}. */
  static String[] asOption(String... args) {
    if (args.length == 0 || !args[0].equals("help")) {
      return args;
    }
    List<String> words = new ArrayList<>(Arrays.asList(args).subList(1, args.length));
    words.add("--help");
    return words.toArray(String[]::new);
  }

  /** Whether it is asked for, or may be shown because nothing else is. */
  static boolean isAskedFor(String... args) {
    return args.length == 0 || Arrays.stream(args).anyMatch(WORDS::contains);
  }

  /** Adds it to a command and all below. */
  static void addTo(CommandLine root) {
    root.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, help -> "");
    root.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, Help::groups);
    root.getCommandSpec().usageMessage().footer("", "'keyward help COMMAND' says more.");
    addTo(root, examples());
  }

  private static void addTo(CommandLine command, List<String> examples) {
    UsageMessageSpec usage = command.getCommandSpec().usageMessage();
    usage.exitCodeListHeading("%nExit codes:%n").exitCodeList(EXIT_CODES);
    List<String> own = examplesOf(command.getCommandSpec().qualifiedName(), examples);
    if (command.getSubcommands().isEmpty() && !own.isEmpty()) {
      List<String> footer = new ArrayList<>(own.stream().map(line -> "  " + line).toList());
      footer.add(0, "");
      usage.footerHeading("%nExamples:").footer(footer.toArray(String[]::new));
    }
    command.getSubcommands().values().forEach(child -> addTo(child, examples));
  }

  static List<String> examplesOf(String command, List<String> examples) {
    return examples.stream()
        .filter(line -> line.equals(command) || line.startsWith(command + " "))
        .toList();
  }

  /** Of each command that has no others below it. */
  static List<String> examples() {
    try (InputStream file = Help.class.getResourceAsStream("examples.txt")) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String groups(CommandLine.Help help) {
    StringBuilder text = new StringBuilder();
    GROUPS.forEach(
        (title, names) -> {
          TextTable table =
              TextTable.forColumns(
                  help.colorScheme(),
                  new Column(NAME_WIDTH, 2, Overflow.SPAN),
                  new Column(WIDTH - NAME_WIDTH, 2, Overflow.WRAP));
          names.stream()
              .filter(help.subcommands()::containsKey)
              .forEach(name -> table.addRowValues(name, summary(help.subcommands().get(name))));
          text.append("\n").append(title).append(":\n").append(table);
        });
    return text.toString();
  }

  private static String summary(CommandLine.Help command) {
    String[] description = command.commandSpec().usageMessage().description();
    return description.length == 0 ? "" : description[0];
  }
}
