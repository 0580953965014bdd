package org.keyward.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.keyward.GeneratedPage.cell;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.GeneratedPage;

/** docs/reference/configuration.md, from the loader's keys and their meaning in a table. */
class ConfigurationReferenceTest {
  private static final List<String> SECTIONS =
      List.of("database", "backend", "admin", "signing", "cache", "log", "secrets");
  private static final List<String> LISTS = List.of("tokens", "powerdns");

  /** A section that is valid without the key in question. */
  private static final Map<String, String> BESIDE =
      Map.of(
          "database", "url: 'jdbc:postgresql://h/d', ",
          "backend", "unix: /s, ",
          "cache", "dir: /c, ",
          "tokens", "name: t, module: /m, label: l, ");

  @TempDir Path dir;

  @Test
  void thePageIsWhatTheLoaderKnows() throws Exception {
    StringBuilder page =
        new StringBuilder(
            """
            # Keys of the configuration

            Made by `bin/reference`. Where the file is, and how durations are written: [configuration.md](../configuration.md). Every key outside `tokens` and
            `powerdns` can also come from the environment, which wins.

            | key | default | in the environment | |
            |---|---|---|---|
            """);
    for (Map<String, String> row : table()) {
      String key = row.get("key");
      String fallback =
          row.containsKey("default")
              ? "`" + row.get("default") + "`"
              : "(" + row.get("unset") + ")";
      String variable = key.contains("[]") ? "" : "`" + Section.variable(key) + "`";
      page.append(
          "| `%s` | %s | %s | %s |\n"
              .formatted(key, cell(fallback), variable, cell(row.get("meaning"))));
    }
    GeneratedPage.check("configuration.md", page.toString());
  }

  @Test
  void theTableHasTheKeysThatTheLoaderKnows() throws Exception {
    StringBuilder wrong = new StringBuilder("x: 1\n");
    SECTIONS.forEach(section -> wrong.append(section).append(": { x: 1 }\n"));
    LISTS.forEach(section -> wrong.append(section).append(": [{ x: 1 }]\n"));
    Set<String> known = new TreeSet<>();
    Pattern unknown = Pattern.compile("(?:(.*)\\.)?x: unknown key, known are (.*)");
    for (String problem : problems(wrong.toString())) {
      Matcher matcher = unknown.matcher(problem);
      if (matcher.matches()) {
        String section =
            matcher.group(1) == null ? "" : matcher.group(1).replace("[0]", "[]") + ".";
        Stream.of(matcher.group(2).split(", ")).forEach(key -> known.add(section + key));
      }
    }
    known.removeAll(SECTIONS);
    known.removeAll(LISTS);
    assertThat(table().stream().map(row -> row.get("key")))
        .containsExactlyInAnyOrderElementsOf(known);
  }

  @Test
  void theDefaultsAreTheLoaders() throws Exception {
    for (Map<String, String> row : table()) {
      if (row.containsKey("default") && !row.get("key").equals("backend.http")) {
        String[] parts = row.get("key").replace("[]", "").split("\\.");
        assertThat(load(parts[0], parts[1] + ": '" + row.get("default") + "'"))
            .as("with the default of %s", row.get("key"))
            .isEqualTo(load(parts[0], ""));
      } else if (row.get("key").equals("backend.http")) {
        assertThat(load(Files.createFile(dir.resolve("empty.yaml"))).backend().http())
            .hasToString("Optional[" + row.get("default") + "]");
      }
    }
  }

  /** Keys that a text names between backticks. */
  @Test
  void everyKeyInTheTextIsOne() throws Exception {
    List<String> keys = table().stream().map(row -> row.get("key").replace("[]", "")).toList();
    Pattern named =
        Pattern.compile(
            "`((?:database|backend|admin|tokens|signing|cache|log|secrets)\\.[a-z-]+)(?:: [^`]*)?`");
    List<String> wrong = new ArrayList<>();
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      for (Path page : Stream.concat(Stream.of(Path.of("README.md")), docs).toList()) {
        if (page.toString().endsWith(".md")) {
          Matcher matcher = named.matcher(Files.readString(page));
          while (matcher.find()) {
            if (!keys.contains(matcher.group(1))) {
              wrong.add(page + ": " + matcher.group(1));
            }
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  private KeywardConfig load(String section, String entry) throws Exception {
    String line = "{ " + BESIDE.getOrDefault(section, "") + entry + " }";
    Path seal = dir.resolve("seal");
    assertThat(SealKey.readOrCreate(seal)).isNotNull();
    Path file = dir.resolve("one.yaml");
    Files.writeString(
        file,
        section
            + ": "
            + (LISTS.contains(section) ? "[" + line + "]" : line)
            + "\nsecrets: { key-file: "
            + seal
            + " }\n");
    return load(file);
  }

  private static KeywardConfig load(Path file) {
    return ConfigLoader.load(Optional.of(file), Map.of());
  }

  private List<String> problems(String text) throws Exception {
    try {
      load(Files.writeString(dir.resolve("wrong.yaml"), text));
      return List.of();
    } catch (ConfigException e) {
      return e.problems();
    }
  }

  private static List<Map<String, String>> table() throws Exception {
    try (InputStream in =
        ConfigurationReferenceTest.class.getResourceAsStream("/reference/configuration.yaml")) {
      return new YAMLMapper().readValue(in, new TypeReference<>() {});
    }
  }
}
