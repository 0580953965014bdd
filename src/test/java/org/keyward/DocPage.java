package org.keyward;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page of the documentation, cut into what a reader does with it, in order: fenced blocks, and
 * comments that say what happens between them. {@code <!-- not run: why -->} before a block is the
 * reason why no test runs it.
 */
record DocPage(Path file, List<Step> steps) {
  private static final Pattern FENCE = Pattern.compile("( *)```(\\w*)");
  private static final Pattern COMMENT = Pattern.compile(" *<!-- (.*) -->");

  /**
   * A block or a comment.
   *
   * @param line where it begins, from 1
   * @param language after the fence; {@code comment} for a comment
   */
  record Step(int line, String language, List<String> lines) {
    String text() {
      return String.join("\n", lines);
    }
  }

  static DocPage read(Path file) throws IOException {
    List<String> page = Files.readAllLines(file);
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < page.size(); i++) {
      Matcher comment = COMMENT.matcher(page.get(i));
      Matcher fence = FENCE.matcher(page.get(i));
      if (comment.matches()) {
        steps.add(new Step(i + 1, "comment", List.of(comment.group(1))));
      } else if (fence.matches()) {
        int begin = i;
        List<String> lines = new ArrayList<>();
        for (i++; !page.get(i).equals(fence.group(1) + "```"); i++) {
          lines.add(page.get(i).substring(Math.min(fence.group(1).length(), page.get(i).length())));
        }
        steps.add(new Step(begin + 1, fence.group(2), lines));
      }
    }
    return new DocPage(file, steps);
  }

  /**
   * A command with the lines that it is to print.
   *
   * @param person who types it, when the prompt says so; else empty
   */
  record Command(String person, String text, List<String> printed) {}

  private static final Pattern PROMPT = Pattern.compile("([a-z]*)\\$ (?s:(.*))");

  /**
   * The commands of a {@code console} block: what follows {@code $} or {@code bob$}, with what it
   * prints below.
   */
  static List<Command> commands(Step step) {
    List<Command> commands = new ArrayList<>();
    for (int i = 0; i < step.lines().size(); ) {
      StringBuilder text = new StringBuilder(step.lines().get(i++));
      while (text.toString().endsWith("\\")) {
        text.append('\n').append(step.lines().get(i++));
      }
      List<String> printed = new ArrayList<>();
      while (i < step.lines().size() && !PROMPT.matcher(step.lines().get(i)).matches()) {
        printed.add(step.lines().get(i++));
      }
      Matcher typed = PROMPT.matcher(text);
      if (!typed.matches()) {
        throw new IllegalArgumentException("line " + step.line() + ": no prompt: " + text);
      }
      commands.add(new Command(typed.group(1), typed.group(2), printed));
    }
    return commands;
  }

  /** How far long work is, which commands tell on stderr when it takes long. */
  private static final Pattern PROGRESS =
      Pattern.compile("[a-z ]+: \\d+( of \\d+)?, [\\d.]+ a second.*|\\d+ to be signed; token .*");

  /**
   * Whether something was printed as a page shows it: {@code …} stands for anything, on a line of
   * its own for any number of lines, and columns may be wider. A machine that is slow today may
   * tell of its progress besides.
   */
  static boolean fits(List<String> shown, String printed) {
    StringBuilder pattern = new StringBuilder();
    for (String line : shown) {
      pattern.append(
          line.strip().equals("…")
              ? "(?:.*\n)*?"
              : Pattern.quote(narrow(line)).replace("…", "\\E.*\\Q") + "\n");
    }
    StringBuilder lines = new StringBuilder();
    printed
        .lines()
        .filter(line -> !PROGRESS.matcher(line).matches())
        .forEach(line -> lines.append(narrow(line)).append('\n'));
    return lines.toString().matches(pattern.toString());
  }

  private static String narrow(String line) {
    return line.replaceAll("\\s+", " ").strip();
  }
}
