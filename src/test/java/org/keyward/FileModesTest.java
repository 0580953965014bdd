package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The files that the blocks of docs/install.md make, tried one after the other as the user of
 * PowerDNS.
 */
class FileModesTest {
  /** Of groups that the page makes; the machine need not have them. */
  private static final int FIRST_GROUP = 61_000;

  @TempDir Path dir;

  @Test
  void theUserOfPowerDnsReadsNoSecret() throws Exception {
    Assumptions.assumeTrue(
        System.getProperty("user.name").equals("root"), "only root becomes another user");
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path etc = dir.resolve("keyward");
    Map<String, Integer> groups = new TreeMap<>();
    String install = block("adduser --system");
    bash(withGroups(line(install, "install -d .*/etc/keyward"), groups), etc);
    bash(block("head -c 32 /dev/urandom"), etc);
    assertThat(etc).isDirectoryContaining("glob:**/{pin,seal-key,owner-password}");
    Files.writeString(etc.resolve("keyward.yaml"), "admin: {}\n");

    List<String> command =
        new ArrayList<>(List.of("setpriv", "--reuid=pdns", "--regid=pdns", "--groups"));
    Matcher membership = Pattern.compile("adduser pdns ([a-z-]+)").matcher(install);
    assertThat(membership.find()).isTrue();
    command.add(String.valueOf(number(membership.group(1), groups)));
    command.addAll(List.of("head", "-c", "1"));
    try (Stream<Path> files = Files.list(etc)) {
      for (Path file : files.filter(f -> !f.toString().endsWith(".yaml")).toList()) {
        List<String> attempt = new ArrayList<>(command);
        attempt.add(file.toString());
        assertThat(run(new ProcessBuilder(attempt)))
            .as(file.toString())
            .contains("Permission denied");
      }
    }
    command.add(etc.resolve("keyward.yaml").toString());
    assertThat(run(new ProcessBuilder(command))).as("the configuration").isEqualTo("a");
  }

  private static String block(String part) throws IOException {
    return DocPage.read(Path.of("docs/install.md")).steps().stream()
        .filter(step -> step.language().equals("sh") && step.text().contains(part))
        .findFirst()
        .orElseThrow()
        .text();
  }

  private static String line(String block, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(block);
    assertThat(matcher.find()).as(block).isTrue();
    return matcher.group();
  }

  private static String withGroups(String line, Map<String, Integer> groups) {
    return Pattern.compile("-g ([a-z-]+)")
        .matcher(line)
        .replaceAll(found -> "-g " + number(found.group(1), groups));
  }

  private static int number(String group, Map<String, Integer> groups) {
    return groups.computeIfAbsent(group, name -> FIRST_GROUP + groups.size());
  }

  private void bash(String script, Path etc) throws Exception {
    String printed =
        run(
            new ProcessBuilder(
                "bash", "-c", "set -eu\n" + script.replace("/etc/keyward", etc.toString())));
    assertThat(printed).isEmpty();
  }

  private String run(ProcessBuilder command) throws Exception {
    Path typed = Files.writeString(dir.resolve("typed"), "123456\n");
    Process process = command.redirectErrorStream(true).redirectInput(typed.toFile()).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return printed;
  }
}
