package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A page of docs/reference, which is made from the program and must be as it is. */
public final class GeneratedPage {
  private GeneratedPage() {}

  /** Holds the page against what it should be; with {@code -Dreference.write=true} writes it. */
  public static void check(String name, String made) throws IOException {
    Path page = Path.of("docs/reference", name);
    if (Boolean.getBoolean("reference.write")) {
      Files.writeString(page, made);
    }
    assertThat(Files.exists(page) ? Files.readString(page) : "")
        .as("%s is not what the program says; write it anew with bin/reference", page)
        .isEqualTo(made);
  }

  /** A text in a cell of a table. */
  public static String cell(String text) {
    return text.replace("|", "\\|").replaceAll("\\s+", " ").strip();
  }
}
