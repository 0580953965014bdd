package org.keyward.remote;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/**
 * A version of PowerDNS that {@code bin/powerdns-versions} has made available, or the reason why it
 * has not.
 *
 * @param name for example {@code 4.9}
 * @param folder of its programs; empty for the host's own
 * @param skipped why it is not there; empty when it is
 */
public record PowerDnsVersion(String name, Optional<Path> folder, Optional<String> skipped) {
  /** What is installed on this machine, whichever that is. */
  public static final PowerDnsVersion HOST =
      new PowerDnsVersion("host", Optional.empty(), Optional.empty());

  private static final Path SCRIPT = Path.of("bin", "powerdns-versions").toAbsolutePath();
  private static final Pattern SKIPPED = Pattern.compile("skipped (\\S+): (.*)");
  private static final Supplier<List<PowerDnsVersion>> ALL = new Once();

  /** The versions that Keyward supports, the oldest first; slow when one is to be fetched. */
  public static List<PowerDnsVersion> all() {
    return ALL.get();
  }

  /** The oldest; in a thorough run all. */
  public static List<PowerDnsVersion> chosen() {
    return Boolean.getBoolean("keyward.test.thorough") ? all() : all().subList(0, 1);
  }

  /** The version of that name, or an aborted test that says why it is not there. */
  public static PowerDnsVersion named(String name) {
    PowerDnsVersion version =
        all().stream()
            .filter(each -> each.name.equals(name))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no PowerDNS " + name));
    version.assumeThere();
    return version;
  }

  /** Aborts the test, saying why, when this version is not there. */
  public void assumeThere() {
    skipped.ifPresent(
        why -> {
          System.out.println(this + " is skipped: " + why);
          Assumptions.abort(this + " is skipped: " + why);
        });
  }

  /** Where {@code pdns_server}, {@code pdnsutil} or {@code pdns_control} of this version is. */
  public String program(String program) {
    return folder
        .map(there -> there.resolve(program).toString())
        .orElseGet(() -> PowerDns.program(program));
  }

  /** Lines that pdns.conf must have for this version. */
  public List<String> settings() {
    return folder.map(there -> List.of("module-dir=" + there.resolve("modules"))).orElse(List.of());
  }

  @Override
  public String toString() {
    return "PowerDNS " + name;
  }

  /** Asks the script once in the life of the JVM. */
  private static final class Once implements Supplier<List<PowerDnsVersion>> {
    private List<PowerDnsVersion> versions = List.of();

    @Override
    public synchronized List<PowerDnsVersion> get() {
      if (versions.isEmpty()) {
        versions = ask();
      }
      return versions;
    }

    private static List<PowerDnsVersion> ask() {
      try {
        Process process = new ProcessBuilder(SCRIPT.toString()).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exit = process.waitFor();
        if (exit != 0 && exit != 3) {
          throw new IllegalStateException(SCRIPT + " ended with " + exit + ":\n" + said);
        }
        return said.lines().flatMap(line -> read(line).stream()).toList();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }

    private static Optional<PowerDnsVersion> read(String line) {
      var skipped = SKIPPED.matcher(line);
      if (skipped.matches()) {
        return Optional.of(
            new PowerDnsVersion(skipped.group(1), Optional.empty(), Optional.of(skipped.group(2))));
      }
      String[] fields = line.split(" ", 2);
      if (fields.length < 2 || !fields[0].matches("\\d+\\.\\d+")) {
        return Optional.empty(); // what it is doing
      }
      Optional<Path> folder =
          fields[1].equals("host") ? Optional.empty() : Optional.of(Path.of(fields[1]));
      return Optional.of(new PowerDnsVersion(fields[0], folder, Optional.empty()));
    }
  }
}
