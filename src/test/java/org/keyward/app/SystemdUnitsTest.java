package org.keyward.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.keyward.config.ConfigLoader;
import org.keyward.config.KeywardConfig;

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
    assertThat(Files.readString(Path.of("docs/install.md"))).contains("systemd/keyward.socket");
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

  /** What the drop-in adds to the unit reaches the service, and nobody else. */
  @Test
  void theDropInGivesServeThePinOfPowerDns(@TempDir Path dir) throws Exception {
    String unit = Files.readString(Path.of("systemd", "keyward-serve.service"));
    String dropIn = Files.readString(Path.of("systemd/keyward-serve.service.d/pin.conf"));
    Path copy =
        Files.writeString(
            dir.resolve("keyward-serve.service"),
            unit.replace("/usr/bin/keyward", "/bin/true")
                .replaceAll("(?m)^(Wants|Documentation)=.*$", ""));
    Files.writeString(
        dir.resolve("keyward.socket"),
        Files.readString(Path.of("systemd", "keyward.socket"))
            .replaceAll("(?m)^Documentation=.*$", ""));
    Path places = Files.createDirectory(dir.resolve("keyward-serve.service.d"));
    String verified = dropIn.replace("/usr/bin/keyward", "/bin/true");
    Files.writeString(places.resolve("pin.conf"), verified);
    assertThat(analyze("verify", "--man=no", copy.toString()).printed())
        .doesNotContain("pin.conf", "keyward-serve.service:");
    Files.writeString(places.resolve("pin.conf"), verified + "LoadCredential=pin:\nNoSuch=1\n");
    assertThat(analyze("verify", "--man=no", copy.toString()).printed())
        .contains("pin.conf"); // so it was read

    // As systemd does: the folder and its files are the user's, to be read alone.
    Path credentials = Files.createDirectory(dir.resolve("credentials"));
    Path sources = Files.createDirectory(dir.resolve("etc"));
    Map<String, String> environment = new HashMap<>();
    for (String line : (unit + dropIn).lines().toList()) {
      if (line.startsWith("LoadCredential=")) {
        String[] credential = line.substring("LoadCredential=".length()).split(":", 2);
        String content = credential[0].equals("seal-key") ? "A".repeat(43) + "=" : credential[0];
        Files.writeString(
            sources.resolve(Path.of(credential[1]).getFileName().toString()), content + "\n");
        Files.writeString(credentials.resolve(credential[0]), content + "\n");
      } else if (line.startsWith("Environment=")) {
        String[] variable = line.substring("Environment=".length()).split("=", 2);
        environment.put(variable[0], variable[1].replace("%d", credentials.toString()));
      }
    }
    Path serve =
        Files.writeString(
            dir.resolve("serve.yaml"),
            """
            database: { url: "jdbc:postgresql://localhost/pdns", user: keyward_server }
            backend: { unix: /run/keyward/pdns.sock }
            tokens:
              - { name: office, module: /usr/lib/softhsm/libsofthsm2.so, label: "Office HSM", pin-file: /run/credentials/keyward-serve.service/pin, powerdns-module: softhsm2 }
            """
                .replace("/run/credentials/keyward-serve.service", credentials.toString()));
    assertThat(dropIn).contains("\nExecStart=\nExecStart=/usr/bin/keyward serve --config ");
    KeywardConfig config = ConfigLoader.load(Optional.of(serve), environment);
    assertThat(config.tokens())
        .singleElement()
        .satisfies(
            token -> assertThat(new String(token.pin().orElseThrow().chars())).isEqualTo("pin"));
    if (System.getProperty("user.name").equals("root")) {
      assertThat(as("nobody", credentials, "systemd-creds", "cat", "pin").status()).isNotZero();
      run("chown", "-R", "nobody", credentials.toString());
      run("chmod", "-R", "u=rX,go=", credentials.toString());
      run("chmod", "-R", "u=rX,go=", sources.toString());
      run("chmod", "711", dir.toString());
      assertThat(as("nobody", credentials, "systemd-creds", "cat", "pin").printed())
          .isEqualTo("pin\n");
      assertThat(as("nobody", credentials, "cat", sources.resolve("pin").toString()).status())
          .isNotZero();
      assertThat(as("daemon", credentials, "cat", credentials.resolve("pin").toString()).status())
          .isNotZero();
    }
  }

  private static Analysis as(String user, Path credentials, String... command) throws Exception {
    List<String> words =
        new ArrayList<>(List.of("setpriv", "--reuid=" + user, "--regid=nogroup", "--clear-groups"));
    words.addAll(List.of(command));
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().put("CREDENTIALS_DIRECTORY", credentials.toString());
    Process process = builder.start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Analysis(process.waitFor(), printed);
  }

  private static void run(String... command) throws Exception {
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  /** PowerDNS is in the group of the socket; files of the state are of another, or closed. */
  @Test
  void onlyTheSocketIsOfTheGroupThatPowerDnsIsIn() throws Exception {
    String serve = Files.readString(Path.of("systemd", "keyward-serve.service"));
    assertThat(serve).contains("\nGroup=keyward-pdns\n", "\nRuntimeDirectoryMode=0750\n");
    assertThat(Files.readString(Path.of("systemd", "keyward-sign.service")))
        .contains("\nGroup=keyward\n")
        .doesNotContain("keyward-pdns");
    assertThat(Files.readString(Path.of("docs/install.md")))
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
