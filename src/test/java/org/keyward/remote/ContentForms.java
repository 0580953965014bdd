package org.keyward.remote;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** Forms of content for each type, and random ones that are like them. */
final class ContentForms {
  private static final String FILE = "content-forms.txt";
  private static final List<String> PIECES =
      List.of(
          " ",
          "  ",
          "\t",
          "\"",
          "\\",
          "\\\"",
          "\\034",
          "\\300",
          ".",
          ",",
          "=",
          "0",
          "1",
          "65536",
          "-",
          "@",
          ";",
          "(",
          "é",
          "a",
          "Z",
          "\\# 1 ab",
          ":",
          "::",
          "\n",
          "'",
          "/",
          "+",
          "TYPE1");

  /**
   * @param priority of the column; null for none
   */
  record Form(String type, Integer priority, String content) {}

  private ContentForms() {}

  /** All that are written down. */
  static List<Form> all() {
    try (InputStream in = ContentForms.class.getResourceAsStream(FILE)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#") && !line.isBlank())
          .map(ContentForms::form)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Form form(String line) {
    int space = line.indexOf(' ');
    String content = space < 0 ? "" : line.substring(space + 1);
    return new Form(
        space < 0 ? line : line.substring(0, space),
        null,
        content.replace("<LF>", "\n").replace("<TAB>", "\t"));
  }

  /** One that is written down with one to three pieces of it changed, or put into another type. */
  static Form random(List<Form> all, Random random) {
    Form form = all.get(random.nextInt(all.size()));
    StringBuilder content = new StringBuilder(form.content());
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(content.length() + 1);
      int until = Math.min(content.length(), at + random.nextInt(3));
      content.replace(
          at, until, random.nextBoolean() ? PIECES.get(random.nextInt(PIECES.size())) : "");
    }
    String type =
        random.nextInt(10) == 0 ? all.get(random.nextInt(all.size())).type() : form.type();
    return new Form(type, form.priority(), content.toString());
  }
}
