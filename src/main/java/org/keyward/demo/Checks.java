package org.keyward.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Asks PowerDNS with dig, and delv as the validator, and counts what is as it should be. */
final class Checks {
  static final String VALIDATED = "; fully validated";
  static final String DENIAL_VALIDATED = "; negative response, fully validated";

  private final Shell shell;
  private final PrintWriter out;
  private final Path folder;
  private final int port;
  private int passed;
  private int failed;

  Checks(Shell shell, PrintWriter out, Path folder, int port) {
    this.shell = shell;
    this.out = out;
    this.folder = folder;
    this.port = port;
  }

  /** From here on delv trusts these DS records, and nothing else, for the zone. */
  void trust(String zone, String dsRecords) throws IOException {
    StringBuilder anchors = new StringBuilder("trust-anchors {\n");
    dsRecords
        .lines()
        .map(line -> line.strip().split("\\s+"))
        .filter(fields -> fields.length >= 7 && Arrays.asList(fields).contains("DS"))
        .forEach(fields -> anchors.append(anchor(zone, fields)));
    Files.writeString(anchorFile(zone), anchors.append("};\n"));
  }

  private static String anchor(String zone, String[] fields) {
    int ds = Arrays.asList(fields).indexOf("DS");
    String digest = String.join("", Arrays.copyOfRange(fields, ds + 4, fields.length));
    return "  \"%s\" static-ds %s %s %s \"%s\";\n"
        .formatted(zone, fields[ds + 1], fields[ds + 2], fields[ds + 3], digest);
  }

  Path anchorFile(String zone) {
    return folder.resolve(zone.equals(".") ? "anchor-root" : "anchor-" + zone);
  }

  List<String> delv(String zone, String name, String type) {
    return List.of(
        "delv",
        "@127.0.0.1",
        "-p",
        String.valueOf(port),
        "-a",
        anchorFile(zone).toString(),
        "+root=" + zone,
        name,
        type);
  }

  List<String> dig(String... arguments) {
    List<String> command =
        new ArrayList<>(List.of("dig", "@127.0.0.1", "-p", String.valueOf(port), "+tries=2"));
    command.addAll(List.of(arguments));
    return command;
  }

  /** Passes when the validator says so of an answer that contains {@code expected}. */
  boolean validates(String what, String zone, String name, String type, String... expected)
      throws IOException, InterruptedException {
    return printedBy(delv(zone, name, type), what + ": " + name + " " + type, expected);
  }

  /** Passes when the program prints everything expected. */
  boolean printedBy(List<String> command, String what, String... expected)
      throws IOException, InterruptedException {
    String printed = shell.tryRun(command).printed();
    boolean good = Arrays.stream(expected).allMatch(printed::contains);
    record(good, what + " (" + command.get(0) + ": " + gist(expected) + ")");
    if (!good) {
      out.println("      $ " + String.join(" ", command));
      printed.lines().limit(12).forEach(line -> out.println("      " + line));
    }
    out.flush();
    return good;
  }

  private static String gist(String... expected) {
    return expected[0].replace("; ", "");
  }

  void record(boolean good, String what) {
    out.println((good ? "ok    " : "FAIL  ") + what);
    out.flush();
    if (good) {
      passed++;
    } else {
      failed++;
    }
  }

  int passed() {
    return passed;
  }

  int failed() {
    return failed;
  }
}
