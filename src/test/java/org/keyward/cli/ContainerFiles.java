package org.keyward.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** docker-compose.yml and the Dockerfile, parsed. */
final class ContainerFiles {
  private ContainerFiles() {}

  static JsonNode compose() throws IOException {
    return new YAMLMapper().readTree(Files.readString(Path.of("docker-compose.yml")));
  }

  /** The lines of each stage of the Dockerfile, those that go on joined. */
  static Map<String, List<String>> dockerfile() throws IOException {
    Map<String, List<String>> stages = new LinkedHashMap<>();
    List<String> stage = List.of();
    String file = Files.readString(Path.of("Dockerfile")).replaceAll("\\s*\\\\\n\\s*", " ");
    for (String line : file.lines().filter(line -> !line.matches("#.*|\\s*")).toList()) {
      assertThat(line).matches("(FROM|RUN|WORKDIR|COPY|ENV|USER|ENTRYPOINT|CMD) .*");
      if (line.startsWith("FROM ")) {
        assertThat(line).matches("FROM debian:12-slim AS [a-z]+");
        stage = new ArrayList<>();
        stages.put(line.replaceAll(".* ", ""), stage);
      }
      stage.add(line);
    }
    return stages;
  }

  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the project has the scripts that a service runs. */
  static List<Path> scripts(JsonNode service) {
    List<Path> scripts = new ArrayList<>();
    texts(service.get("entrypoint"))
        .filter(word -> word.startsWith("/usr/share/keyward/"))
        .forEach(word -> scripts.add(Path.of("docker", Path.of(word).getFileName().toString())));
    texts(service.get("volumes"))
        .filter(volume -> volume.matches("./docker/[^:]+\\.sh:.*"))
        .forEach(volume -> scripts.add(Path.of(volume.split(":")[0]).normalize()));
    return scripts;
  }

  static Set<String> names(JsonNode mapping) {
    Set<String> names = new TreeSet<>();
    mapping.fieldNames().forEachRemaining(names::add);
    return names;
  }

  static Stream<String> texts(JsonNode list) {
    return list == null
        ? Stream.empty()
        : StreamSupport.stream(list.spliterator(), false).map(JsonNode::asText);
  }
}
