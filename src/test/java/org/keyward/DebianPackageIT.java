package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.keyward.config.ConfigLoader;

/** What {@code bin/package} makes, and lintian finds nothing wrong in. */
@Tag("once")
class DebianPackageIT {
  private static Path deb;

  @BeforeAll
  static void make() throws Exception {
    String printed = run("bin/package", "--no-build");
    deb = Path.of(printed.strip().replaceFirst("(?s).*package: ", ""));
    assertThat(deb).as(printed).exists();
  }

  @Test
  void hasWhatAnInstallationNeedsAndNoEmbeddedDatabase(@TempDir Path dir) throws Exception {
    run("dpkg-deb", "-x", deb.toString(), dir.toString());
    assertThat(dir)
        .satisfies(
            root -> {
              assertThat(root.resolve("usr/bin/keyward")).isExecutable();
              assertThat(root.resolve("usr/bin/keyward-relay")).isExecutable();
              for (String file :
                  List.of(
                      "usr/share/doc/keyward/operations.md",
                      "usr/share/doc/keyward/copyright",
                      "usr/share/man/man1/keyward-relay.1.gz",
                      "usr/share/zsh/vendor-completions/_keyward")) {
                assertThat(root.resolve(file)).isRegularFile();
              }
            });
    try (Stream<Path> units = Files.list(Path.of("systemd"))) {
      for (Path unit : units.filter(Files::isRegularFile).toList()) {
        assertThat(dir.resolve("usr/lib/systemd/system").resolve(unit.getFileName()))
            .hasSameTextualContentAs(unit);
      }
    }
    Path jar = dir.resolve("usr/share/keyward/keyward.jar");
    assertThat(run("unzip", "-Z1", jar.toString()))
        .contains("org/keyward/Main.class")
        .doesNotContain("postgres-linux");
    assertThat(fails(java(), "-jar", jar.toString(), "run", "--config", ownDatabase(dir)))
        .contains("comes without the embedded PostgreSQL");
  }

  private static String ownDatabase(Path dir) throws IOException {
    return Files.writeString(dir.resolve("own.yaml"), "data-dir: " + dir.resolve("data") + "\n")
        .toString();
  }

  @Test
  void hasAManPageAndACompletionForEachCommand(@TempDir Path dir) throws Exception {
    run("dpkg-deb", "-x", deb.toString(), dir.toString());
    Path completion = dir.resolve("usr/share/bash-completion/completions/keyward");
    String words =
        run(
            "bash",
            "-c",
            "source "
                + completion
                + "; COMP_WORDS=(keyward ''); COMP_CWORD=1; _complete_keyward;"
                + " printf '%s\\n' \"${COMPREPLY[@]}\"");
    List<String> reference = Files.readAllLines(Path.of("docs/reference/cli.md"));
    assertThat(reference.stream().filter(line -> line.startsWith("## ")))
        .allSatisfy(
            heading ->
                assertThat(
                        dir.resolve(
                            "usr/share/man/man1/"
                                + heading.substring(3).replace(' ', '-')
                                + ".1.gz"))
                    .isRegularFile());
    assertThat(words.lines()).contains("zone", "status", "pdns-config");
  }

  @Test
  void configurationIsTheAdministratorsAndTakenAsItIs(@TempDir Path dir) throws Exception {
    assertThat(run("dpkg-deb", "-I", deb.toString(), "conffiles").lines())
        .containsExactly("/etc/keyward/keyward.yaml", "/etc/keyward/sign.yaml");
    run("dpkg-deb", "-x", deb.toString(), dir.toString());
    for (String file : List.of("keyward.yaml", "sign.yaml")) {
      Path shipped = dir.resolve("etc/keyward").resolve(file);
      assertThat(ConfigLoader.load(Optional.of(shipped), Map.of())).isNotNull();
    }
  }

  private static String java() {
    return System.getProperty("java.home") + "/bin/java";
  }

  private static String run(String... command) throws Exception {
    Process process = start(command);
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", Arrays.toString(command), printed).isZero();
    return printed;
  }

  private static String fails(String... command) throws Exception {
    Process process = start(command);
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", Arrays.toString(command), printed).isNotZero();
    return printed;
  }

  private static Process start(String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(List.of(command)));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return builder.redirectErrorStream(true).start();
  }
}
