package org.keyward.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The program behind {@code bin/bench}. */
@Command(
    name = "bin/bench",
    mixinStandardHelpOptions = true,
    description = "Measures Keyward beside PowerDNS's own PostgreSQL backend on this machine.",
    exitCodeOnInvalidInput = 2)
final class Bench implements Callable<Integer> {
  /** In the order in which they run. */
  static final List<Part> PARTS =
      List.of(
          new QueriesPart(false),
          new QueriesPart(true),
          new ScalePart(),
          new RollsPart(),
          new SigningPart(),
          new TokenPart(),
          new CommandsPart(),
          new AlonePart(),
          new MicroPart());

  private static final int MANY = 1_000_000;

  @Spec private CommandLine.Model.CommandSpec spec;

  @Parameters(paramLabel = "PART", description = "What to measure; all unless said.")
  private List<String> names = List.of();

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures here, too.")
  private Path json;

  @ArgGroup private Forms form = new Forms();

  @Option(
      names = "--scale",
      paramLabel = "COUNT",
      description =
          "Zones, and names in a zone, for the part scale (default 100,000, with --full a million).")
  private Integer scale;

  /** Not both. */
  private static final class Forms {
    @Option(
        names = "--full",
        description = "All rounds, a million zones, split mode: up to an hour.")
    private boolean full;

    @Option(
        names = "--quick",
        description = "Show in seconds that the parts work; measures nothing.")
    private boolean quick;

    Effort effort() {
      return full ? Effort.FULL : quick ? Effort.QUICK : Effort.SHORT;
    }
  }

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Bench());
    List<String> parts = new ArrayList<>(List.of("", "Parts:"));
    PARTS.forEach(part -> parts.add(String.format("  %-8s  %s", part.name(), part.title())));
    line.getCommandSpec().usageMessage().footer(parts.toArray(String[]::new));
    return line;
  }

  /** 0 when every part was measured, whatever it found; 1 when one could not be. */
  @Override
  public Integer call() throws IOException {
    List<Part> parts = chosen();
    if (!allThere(parts)) {
      return 1;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(Bench::stopPrograms));
    Instant started = Instant.now();
    List<Section> sections = new ArrayList<>();
    Effort effort = form.effort();
    int many = scale != null ? scale : effort == Effort.FULL ? MANY : MANY / 10;
    boolean failed = false;
    for (Part part : parts) {
      Section section = new Section(part.name(), part.title());
      failed |= !run(part, section, effort, many, System.err);
      System.out.println(Table.of(section));
      sections.add(section);
      if (json != null) { // after each part, so that what is measured is not lost
        Report.write(json, started, effort, Machine.describe(), sections);
      }
    }
    return failed ? 1 : 0;
  }

  /** Whoever interrupts the benchmark gets a quiet machine back. */
  private static void stopPrograms() {
    ProcessHandle.current().descendants().forEach(ProcessHandle::destroy);
  }

  private List<Part> chosen() {
    Set<String> wanted = new LinkedHashSet<>(names);
    Set<String> known = new LinkedHashSet<>(PARTS.stream().map(Part::name).toList());
    wanted.removeAll(known);
    if (!wanted.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "no such part: " + wanted + "; there are " + known);
    }
    return PARTS.stream().filter(p -> names.isEmpty() || names.contains(p.name())).toList();
  }

  private static boolean allThere(List<Part> parts) {
    List<Requirement> missing =
        parts.stream().flatMap(p -> p.needs().stream()).distinct().filter(r -> !r.met()).toList();
    missing.forEach(r -> System.err.println("bench: " + r.place() + " is missing: " + r.why()));
    if (!missing.isEmpty()) {
      System.err.println("bench: bin/setup --bench installs what is missing");
    }
    return missing.isEmpty();
  }

  /**
   * Runs one part in a folder of its own.
   *
   * @return whether it could measure; else a note in the section says why not
   */
  static boolean run(Part part, Section section, Effort effort, int scale, PrintStream progress) {
    progress.println("bench: " + part.name() + ": " + part.title());
    long start = System.nanoTime();
    Path folder = null;
    try {
      folder = Files.createTempDirectory("kwbench");
      part.run(new Lab(folder, effort, scale, section, progress));
      return true;
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      section.note("FAILED: " + e);
      e.printStackTrace(progress);
      return false;
    } finally {
      section.took((System.nanoTime() - start) / 1e9);
      delete(folder);
    }
  }

  private static void delete(Path folder) {
    if (folder == null) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
