package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SystemdUnitsTest {
  @ParameterizedTest
  @ValueSource(strings = {"keyward-serve.service", "keyward-sign.service"})
  void systemdTakesTheUnits(String name, @TempDir Path dir) throws Exception {
    String unit = Files.readString(Path.of("systemd", name));
    assertThat(unit)
        .contains("Type=notify", "NoNewPrivileges=yes", "ProtectSystem=strict", "LoadCredential=")
        .containsPattern("(?m)^After=.*\\btime-sync\\.target\\b")
        .containsPattern("(?m)^Wants=.*\\btime-sync\\.target\\b")
        .contains("\nLimitCORE=0\n", "\nUMask=0077\n", "\nStateDirectoryMode=0700\n")
        .doesNotContain("PIN=", "PASSWORD=");
    Assumptions.assumeTrue(
        new ProcessBuilder("sh", "-c", "command -v systemd-analyze").start().waitFor() == 0,
        "systemd-analyze is not installed");
    // The program is not installed here, and neither are the units that it comes after.
    Path copy =
        Files.writeString(
            dir.resolve(name),
            unit.replace("/usr/bin/keyward", "/bin/true")
                .replaceAll("(?m)^(Wants|Documentation)=.*$", ""));
    Files.copy(Path.of("systemd", "keyward.socket"), dir.resolve("keyward.socket"));
    String printed = analyze("verify", "--man=no", copy.toString()).printed();
    List<String> complaints = new ArrayList<>(printed.lines().toList());
    complaints.removeIf(line -> !line.contains(name));
    assertThat(complaints).as(printed).isEmpty();
    // 100 is a service that may do anything; under 20 is what systemd calls OK.
    Analysis security = analyze("security", "--offline=true", "--threshold=20", copy.toString());
    assertThat(security.status()).as(security.printed()).isZero();
  }

  @Test
  void systemdTakesTheSocketAndHandsItToTheServer(@TempDir Path dir) throws Exception {
    String socket = Files.readString(Path.of("systemd", "keyward.socket"));
    assertThat(socket).contains("\nSocketGroup=keyward-pdns\n", "\nSocketMode=0660\n");
    assertThat(Files.readString(Path.of("README.md"))).contains("systemd/keyward.socket");
    String serve = Files.readString(Path.of("systemd", "keyward-serve.service"));
    assertThat(serve)
        .contains("\nStandardInput=socket\n", "\nRequires=keyward.socket\n")
        .contains("\nStandardOutput=journal\n", "\nRuntimeDirectoryPreserve=yes\n");
    Assumptions.assumeTrue(
        new ProcessBuilder("sh", "-c", "command -v systemd-analyze").start().waitFor() == 0,
        "systemd-analyze is not installed");
    Files.writeString(
        dir.resolve("keyward-serve.service"),
        serve
            .replace("/usr/bin/keyward", "/bin/true")
            .replaceAll("(?m)^(Wants|Documentation)=.*$", ""));
    Path copy =
        Files.writeString(
            dir.resolve("keyward.socket"), socket.replaceAll("(?m)^Documentation=.*$", ""));
    String printed = analyze("verify", "--man=no", copy.toString()).printed();
    assertThat(printed.lines().filter(line -> line.contains("keyward"))).as(printed).isEmpty();
  }

  /** PowerDNS is in the group of the socket; files of the state are of another, or closed. */
  @Test
  void onlyTheSocketIsOfTheGroupThatPowerDnsIsIn() throws Exception {
    String serve = Files.readString(Path.of("systemd", "keyward-serve.service"));
    assertThat(serve).contains("\nGroup=keyward-pdns\n", "\nRuntimeDirectoryMode=0750\n");
    assertThat(Files.readString(Path.of("systemd", "keyward-sign.service")))
        .contains("\nGroup=keyward\n")
        .doesNotContain("keyward-pdns");
    assertThat(Files.readString(Path.of("README.md")))
        .contains("adduser pdns keyward-pdns")
        .doesNotContainPattern("adduser pdns keyward\\b(?!-pdns)");
  }

  private record Analysis(int status, String printed) {}

  private static Analysis analyze(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("systemd-analyze"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Analysis(process.waitFor(), printed);
  }

  @Test
  void systemdIsToldWhenItWaits(@TempDir Path dir) throws Exception {
    Path told = dir.resolve("told");
    Path command =
        Files.writeString(dir.resolve("notify"), "#!/bin/sh\necho \"$@\" > " + told + "\n");
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwx------"));
    List<String> call = List.of(command.toString(), "--ready");
    ReadyNotice.send(Map.of(), call);
    assertThat(told).doesNotExist();
    ReadyNotice.send(Map.of("NOTIFY_SOCKET", "/run/systemd/notify"), call);
    assertThat(told).hasContent("--ready\n");
    ReadyNotice.send(Map.of("NOTIFY_SOCKET", "x"), List.of(dir.resolve("missing").toString()));
  }
}
