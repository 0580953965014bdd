package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class AllCommandsTest {
  @Test
  void whoAsksForACommandGetsThatOneAsItIsAmongAll() {
    CommandLine all = KeywardCommand.commandLine();
    assertThat(all.getSubcommands()).hasSizeGreaterThan(20);
    all.getSubcommands()
        .forEach(
            (name, command) -> {
              CommandLine one = KeywardCommand.commandLine("--config", "zone", name, "--help");
              assertThat(one.getSubcommands()).containsOnlyKeys(name);
              assertThat(helps(one.getSubcommands().get(name))).isEqualTo(helps(command));
            });
  }

  private static Set<String> helps(CommandLine command) {
    Set<String> helps = new LinkedHashSet<>(Set.of(command.getUsageMessage()));
    command.getSubcommands().values().forEach(child -> helps.addAll(helps(child)));
    return helps;
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--help", "--config", "zones", "--version --help"})
  void whoAsksForNoneGetsAll(String words) {
    assertThat(KeywardCommand.commandLine(words.split(" ")).getSubcommands())
        .hasSizeGreaterThan(20);
  }
}
