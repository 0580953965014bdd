package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.keyward.GeneratedPage.cell;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.keyward.GeneratedPage;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** docs/reference/cli.md, from what the commands say of themselves. */
class CommandReferenceTest {
  private final StringBuilder page = new StringBuilder();
  private final List<String> silent = new ArrayList<>();

  @Test
  void thePageIsWhatTheCommandsSay() throws Exception {
    CommandLine root = KeywardCommand.commandLine();
    page.append(
        """
        # Commands

        Made by `bin/reference` from what `keyward … --help` knows. Exit codes: 0 done, 1 refused or failed with one line on stderr, 2 wrong usage.

        Every command has these options:

        """);
    table(List.of(), root.getCommandSpec().options());
    children(root);
    assertThat(silent).as("arguments without a description").isEmpty();
    GeneratedPage.check("cli.md", page.toString());
  }

  private void children(CommandLine parent) {
    Set<CommandLine> commands = new LinkedHashSet<>(parent.getSubcommands().values());
    for (CommandLine command : commands) {
      if (command.getSubcommands().isEmpty()) {
        describe(command.getCommandSpec());
      }
      children(command);
    }
  }

  private void describe(CommandSpec command) {
    page.append("\n## ").append(command.qualifiedName()).append("\n\n");
    page.append(String.join(" ", command.usageMessage().description())).append("\n\n");
    List<OptionSpec> own =
        command.options().stream().filter(option -> !option.inherited()).toList();
    own = own.stream().filter(option -> !option.usageHelp() && !option.versionHelp()).toList();
    List<PositionalParamSpec> places = command.positionalParameters();
    page.append("`").append(command.qualifiedName());
    places.forEach(place -> page.append(' ').append(usage(place)));
    own.stream()
        .filter(OptionSpec::required)
        .forEach(option -> page.append(' ').append(usage(option)));
    page.append(own.stream().allMatch(OptionSpec::required) ? "`\n" : " [OPTIONS]`\n");
    if (!places.isEmpty() || !own.isEmpty()) {
      page.append('\n');
      table(places, own);
    }
    for (String example : Help.examplesOf(command.qualifiedName(), Help.examples())) {
      page.append("\nExample: `").append(example).append("`\n");
    }
  }

  private static String usage(ArgSpec argument) {
    String name = argument.paramLabel();
    if (argument instanceof OptionSpec option) {
      name = option.longestName() + (option.arity().max() == 0 ? "" : " " + name);
    }
    String many = argument.arity().max() > 1 ? "..." : "";
    return argument.arity().min() == 0 && argument.isPositional() ? "[" + name + "]" : name + many;
  }

  private void table(List<PositionalParamSpec> places, List<OptionSpec> options) {
    page.append("| | |\n|---|---|\n");
    places.forEach(place -> row(place, place.paramLabel()));
    for (OptionSpec option : options) {
      row(
          option,
          String.join("`, `", option.names())
              + usage(option).substring(option.longestName().length()));
    }
  }

  private void row(ArgSpec argument, String name) {
    String text = cell(String.join(" ", argument.description()));
    if (text.isEmpty()) {
      silent.add(argument.command().qualifiedName() + " " + name);
    }
    String fallback = argument.defaultValue();
    boolean said = fallback == null || fallback.isEmpty() || text.contains("default: " + fallback);
    page.append("| `").append(name.replace("|", "\\|")).append("` | ").append(text);
    page.append(said ? "" : " Default: " + fallback + ".").append(" |\n");
  }
}
