package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class HelpTest {
  @Test
  void everyCommandIsInOneGroup() {
    List<String> grouped = new ArrayList<>();
    Help.GROUPS.values().forEach(grouped::addAll);
    assertThat(grouped)
        .containsExactlyInAnyOrderElementsOf(
            KeywardCommand.commandLine().getSubcommands().keySet());
    assertThat(KeywardCommand.commandLine().getUsageMessage())
        .contains("\nZones:\n  zone ", "\nServices:\n", "'keyward help COMMAND'");
  }

  @Test
  void everyCommandShowsAnExampleThatIsOne() {
    List<String> silent = new ArrayList<>();
    collect(KeywardCommand.commandLine(), silent);
    assertThat(silent).isEmpty();
    for (String example : Help.examples()) {
      String[] words = example.replaceAll("\"[^\"]*\"", "text").split(" ");
      assertThatCode(
              () ->
                  KeywardCommand.commandLine()
                      .parseArgs(java.util.Arrays.copyOfRange(words, 1, words.length)))
          .as(example)
          .doesNotThrowAnyException();
    }
  }

  private static void collect(CommandLine command, List<String> silent) {
    String usage = command.getUsageMessage();
    String name = command.getCommandSpec().qualifiedName();
    assertThat(usage).as(name).contains("Exit codes:", "2   Wrong usage.");
    if (command.getSubcommands().isEmpty() && !usage.contains("Examples:\n  " + name)) {
      silent.add(name);
    }
    command.getSubcommands().values().forEach(child -> collect(child, silent));
  }

  @Test
  void helpIsAWordToo() {
    assertThat(Help.asOption("help", "zone", "list")).containsExactly("zone", "list", "--help");
    assertThat(Help.asOption("help")).containsExactly("--help");
    assertThat(Help.asOption("zone", "show", "help")).containsExactly("zone", "show", "help");
  }
}
