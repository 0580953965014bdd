package org.keyward;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.keyward.remote.Delv;
import org.keyward.remote.UnboundBatch;

/** Programs of others that ask one name server and say whether what it answers is valid. */
record Validators(Path dir, int port) {
  /** Where unbound validates every answer: of so many, one goes to delv too. */
  static final int DELV_EVERY = Boolean.getBoolean("keyward.test.thorough") ? 1 : 10;

  String dig(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of("dig", "@127.0.0.1", "-p", String.valueOf(port), "+tries=1", "+time=5"));
    command.addAll(Arrays.asList(arguments));
    return output(command);
  }

  /** Writes the trust anchors of a zone from the KSK in its DNSKEY set. */
  void trust(String zone) {
    String ksk =
        dig("+short", zone, "DNSKEY")
            .lines()
            .filter(line -> line.startsWith("257 "))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no KSK is published in " + zone));
    String[] fields = ksk.split(" ", 4);
    String key = fields[3].replace(" ", "");
    write(trustedKeyFile(zone), "257 %s %s %s".formatted(fields[1], fields[2], key));
    write(
        anchors(zone),
        "trust-anchors { \"%s\" static-key 257 %s %s \"%s\"; };\n"
            .formatted(zone, fields[1], fields[2], key));
    write(
        unboundConfig(zone),
        """
        server:
          do-not-query-localhost: no
          trust-anchor: "%1$s DNSKEY %2$s"
        stub-zone:
          name: "%1$s"
          stub-addr: 127.0.0.1@%3$d
        """
            .formatted(zone, trustedKey(zone), port));
  }

  /** What delv says of a name, with the zone's KSK as the only trust anchor. */
  String delv(String zone, String name, String type) {
    return Delv.ask(port, anchors(zone).toString(), zone, name, type);
  }

  /** Empty when delv finds the answer, or the proof that there is none, valid. */
  Optional<String> delvFault(String zone, String name, String type) {
    String said = delv(zone, name, type);
    return said.contains("; fully validated")
            || said.contains("; negative response, fully validated")
        ? Optional.empty()
        : Optional.of("delv " + name + " " + type + ": " + said.strip());
  }

  /** Empty when unbound finds the answer, or the proof that there is none, valid. */
  Optional<String> unboundFault(String zone, String name, String type) {
    String said =
        output(
            List.of("unbound-host", "-C", unboundConfig(zone).toString(), "-v", "-t", type, name));
    return !said.isBlank() && said.lines().allMatch(line -> line.endsWith("(secure)"))
        ? Optional.empty()
        : Optional.of("unbound-host " + name + " " + type + ": " + said.strip());
  }

  /** The answers, and proofs that there is none, that unbound does not find valid. */
  List<String> unboundFaults(String zone, List<UnboundBatch.Question> questions) {
    return new UnboundBatch(zone, port, zone + " DNSKEY " + trustedKey(zone)).faults(questions);
  }

  /** The records of a transfer, the SOA once, a line each. */
  List<String> transfer(String zone) {
    return dig("+noall", "+answer", "+onesoa", zone, "AXFR")
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith(";"))
        .toList();
  }

  /** What ldns-verify-zone and dnssec-verify have against a zone that was transferred. */
  List<String> zoneFaults(String zone, List<String> transferred) {
    Path file = dir.resolve("transferred-" + zone + port);
    write(file, String.join("\n", transferred) + "\n");
    List<String> faults = new ArrayList<>();
    String ldns = output(List.of("ldns-verify-zone", file.toString()));
    if (!ldns.contains("is verified and complete")) {
      faults.add("ldns-verify-zone: " + ldns);
    }
    String bind = output(List.of("dnssec-verify", "-o", zone, file.toString()));
    if (!bind.contains("fully signed")) {
      faults.add("dnssec-verify: " + bind);
    }
    return faults;
  }

  private String trustedKey(String zone) {
    try {
      return Files.readString(trustedKeyFile(zone));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path trustedKeyFile(String zone) {
    return dir.resolve("trusted-" + port + "-" + zone + "key");
  }

  private Path anchors(String zone) {
    return dir.resolve("anchor-" + port + "-" + zone + "txt");
  }

  private Path unboundConfig(String zone) {
    return dir.resolve("unbound-" + port + "-" + zone + "conf");
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String output(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      return printed;
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
