package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What the pages say in passing: commands between backticks, and links to files. */
class DocumentedCommandsTest {
  private static final Pattern COMMAND = Pattern.compile("`(?:sudo -u keyward )?keyward( [^`]+)`");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(?:#[^)]*)?\\)");

  @Test
  void everyCommandInTheTextIsOne() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (Path page : pages()) {
      Matcher matcher = COMMAND.matcher(Files.readString(page));
      while (matcher.find()) {
        String arguments = matcher.group(1).replaceAll("\\[OPTIONS]|[\\[\\]…]", "").strip();
        String fault = arguments.isEmpty() ? "" : fault(arguments.split("\\s+"));
        if (!fault.isEmpty()) {
          wrong.add(page + ": keyward " + arguments + ": " + fault);
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  /** Arguments may be left out in a text, and stand for others in capitals. */
  private static String fault(String[] arguments) {
    try {
      KeywardCommand.commandLine().parseArgs(arguments);
      return "";
    } catch (CommandLine.MissingParameterException e) {
      return "";
    } catch (CommandLine.ParameterException e) {
      boolean placeholder = e.getMessage().contains("'REQUEST'");
      return placeholder ? "" : e.getMessage();
    }
  }

  @Test
  void everyLinkLeadsToAFile() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      Matcher matcher = LINK.matcher(Files.readString(page));
      while (matcher.find()) {
        if (!Files.exists(page.toAbsolutePath().resolveSibling(matcher.group(1)))) {
          broken.add(page + ": " + matcher.group(1));
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      return Stream.concat(Stream.of(Path.of("README.md")), docs)
          .filter(file -> file.toString().endsWith(".md"))
          .sorted()
          .toList();
    }
  }
}
