package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** docs/architecture.md names what there is. */
@Tag("once")
class ArchitecturePageTest {
  private static final Path PACKAGES = Path.of("src/main/java/org/keyward");
  private final String page;

  ArchitecturePageTest() throws IOException {
    page = Files.readString(Path.of("docs/architecture.md"));
  }

  private Set<String> named(String pattern) {
    return Pattern.compile("`(" + pattern + ")`")
        .matcher(page)
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> files(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(ending))
          .map(name -> name.substring(0, name.length() - ending.length()))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void everyClassIsThere() throws IOException {
    assertThat(files(Path.of("src"), ".java")).containsAll(named("[A-Z][a-z]\\w+"));
  }

  @Test
  void everyPackageIsInTheTableAndInThePicture() throws IOException {
    String picture = page.replaceFirst("(?s).*```\\n( cli.*?)```.*", "$1");
    String table = page.replaceFirst("(?s).*\\| package \\| holds \\|(.*?)\\n\\n.*", "$1");
    try (Stream<Path> folders = Files.list(PACKAGES)) {
      for (Path folder : folders.filter(Files::isDirectory).toList()) {
        String name = folder.getFileName().toString();
        assertThat(picture).containsPattern("(?m)(^| )" + name + " ");
        assertThat(table).contains("`" + name + "`");
      }
    }
  }

  @Test
  void everyTableAndViewIsThere() throws IOException {
    StringBuilder sql = new StringBuilder();
    try (Stream<Path> files = Files.list(Path.of("sql"))) {
      for (Path file : files.toList()) {
        sql.append(Files.readString(file));
      }
    }
    for (String table : named("keyward\\.\\w+")) {
      assertThat(sql).containsPattern("CREATE (TABLE|OR REPLACE VIEW) " + table + " ");
    }
  }
}
