package org.keyward.token;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.keyward.config.Secret;
import org.keyward.config.TokenSettings;

/**
 * A token that behaves like a small USB HSM: slow, one caller at a time, can be unplugged, can
 * hang, locks its PIN. SoftHSM behind {@code src/test/c/testtoken.c}, which says how it is steered.
 * Any number of processes may use it at once; each instance is a token of its own.
 */
public final class TestToken {
  private static final Path SOURCE = Path.of("src/test/c/testtoken.c").toAbsolutePath();
  private static final Path BUILT = Path.of("target/testtoken/testtoken.so").toAbsolutePath();
  private static final Pattern SERIAL = Pattern.compile("Serial number:\\s+(\\S+)");

  private final Path folder;
  private final String label;
  private final String serial;

  private TestToken(Path folder, String label, String serial) {
    this.folder = folder;
    this.label = label;
    this.serial = serial;
  }

  /** What the module has counted, in all processes. */
  public record Counters(long signs, long logins, long overlaps, long starts, long generated) {}

  /** A fresh token without keys, whose PIN is {@link SoftHsm#PIN}. */
  public static TestToken in(Path folder) {
    try {
      Path objects = Files.createDirectories(folder.resolve("objects"));
      Files.writeString(
          folder.resolve("softhsm2.conf"),
          "directories.tokendir = "
              + objects.toAbsolutePath()
              + "\nobjectstore.backend = file\nlog.level = ERROR\n");
      Files.copy(SoftHsm.MODULE, folder.resolve("softhsm.so"));
      Files.copy(build(), folder.resolve("testtoken.so"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String label = "test-" + Long.toString(System.nanoTime(), 36);
    Map<String, String> conf = Map.of("SOFTHSM2_CONF", folder.resolve("softhsm2.conf").toString());
    SoftHsm.run(
        conf,
        List.of(
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            label,
            "--so-pin",
            SoftHsm.SO_PIN,
            "--pin",
            SoftHsm.PIN));
    Matcher serial = SERIAL.matcher(SoftHsm.run(conf, List.of("softhsm2-util", "--show-slots")));
    if (!serial.find()) {
      throw new AssertionError("softhsm2-util shows no serial number");
    }
    return new TestToken(folder, label, serial.group(1));
  }

  /** The same token, which another process has made. */
  static TestToken existing(Path folder, String serial) {
    return new TestToken(folder, "", serial);
  }

  /** Built once, and again when its source has changed. */
  private static synchronized Path build() throws IOException {
    if (Files.exists(BUILT)
        && Files.getLastModifiedTime(BUILT).compareTo(Files.getLastModifiedTime(SOURCE)) > 0) {
      return BUILT;
    }
    Files.createDirectories(BUILT.getParent());
    Path draft = BUILT.resolveSibling("draft-" + ProcessHandle.current().pid());
    SoftHsm.run(
        Map.of(),
        List.of(
            "gcc",
            "-shared",
            "-fPIC",
            "-O1",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-I/usr/include/p11-kit-1",
            "-o",
            draft.toString(),
            SOURCE.toString(),
            "-ldl"));
    return Files.move(
        draft, BUILT, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  public Path module() {
    return folder.resolve("testtoken.so");
  }

  public Path folder() {
    return folder;
  }

  public String label() {
    return label;
  }

  public String serial() {
    return serial;
  }

  /** By serial, with the right PIN. */
  public TokenSettings settings(String name) {
    return settings(name, SoftHsm.PIN);
  }

  public TokenSettings settings(String name, String pin) {
    return settings(name, pin, Duration.ofSeconds(20), Duration.ofSeconds(20));
  }

  public TokenSettings settings(String name, String pin, Duration permit, Duration hang) {
    return new TokenSettings(
        name,
        module(),
        Optional.of(serial),
        Optional.empty(),
        Optional.of(Secret.of(pin)),
        permit,
        hang);
  }

  /** Makes a key pair as operators do, for example of type {@code EC:prime256v1}. */
  public void makeKey(String type, String keyLabel) {
    SoftHsm.makeKey(module(), label, type, keyLabel);
  }

  /** How long each signature takes: 160 ms for a Nitrokey HSM. */
  public void delay(Duration delay) {
    write("delay-ms", Long.toString(delay.toMillis()));
  }

  /** The next {@code count} signatures fail with this code. */
  public void failNext(long code, int count) {
    write("fail", Long.toHexString(code) + " " + count);
  }

  /** The next {@code count} key generations fail with this code, yet leave the key on the token. */
  public void failNextGeneration(long code, int count) {
    write("fail-generate", Long.toHexString(code) + " " + count);
  }

  /** The next {@code count} signatures are wrong. */
  public void flipNext(int count) {
    write("flip", Integer.toString(count));
  }

  public void unplug() {
    write("unplugged", "");
  }

  public void plugIn() {
    remove("unplugged");
  }

  /** Signatures block from now on. */
  public void hang() {
    write("hang", "");
  }

  public void endHang() {
    remove("hang");
  }

  /** Everything fails with code 5 until the module starts anew, as after a restart of pcscd. */
  public void restartReader() {
    write("generation", Long.toString(System.nanoTime()));
  }

  /** Of three; from now on the token counts wrong PINs and locks. */
  public void pinTriesLeft(int left) {
    write("pin-left", Integer.toString(left));
  }

  public int pinTriesLeft() {
    return Integer.parseInt(read("pin-left").strip());
  }

  public Counters counters() {
    String[] counts = read("counters").strip().split(" ");
    long[] c = new long[5];
    for (int i = 0; i < counts.length && !counts[i].isEmpty(); i++) {
      c[i] = Long.parseLong(counts[i]);
    }
    return new Counters(c[0], c[1], c[2], c[3], c[4]);
  }

  /** When a signature was under way, by the token's own clock, in nanoseconds of some epoch. */
  public record Use(long begin, long end) {}

  /** The signatures that were made, in order. */
  public List<Use> uses() {
    return read("signs.log")
        .lines()
        .map(line -> line.split(" "))
        .map(times -> new Use(Long.parseLong(times[0]), Long.parseLong(times[1])))
        .toList();
  }

  /**
   * The share of its time in which the token was signing, from its first signature of these to its
   * last. Of the pauses between two signatures the longer half counts as much as the others do on
   * average: those are when the machine had something else to do.
   */
  public static double busyShare(List<Use> uses) {
    long signing = uses.stream().mapToLong(use -> use.end() - use.begin()).sum();
    long[] pauses =
        IntStream.range(1, uses.size())
            .mapToLong(i -> uses.get(i).begin() - uses.get(i - 1).end())
            .sorted()
            .limit(Math.max(1, uses.size() / 2))
            .toArray();
    double pause = Arrays.stream(pauses).average().orElse(0);
    return signing / (signing + pause * (uses.size() - 1));
  }

  /** What overlapped, for a test's message. */
  public String overlaps() {
    return read("overlaps.log");
  }

  private String read(String name) {
    Path file = folder.resolve(name);
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Renamed into place: the module must not see half a file. */
  private void write(String name, String text) {
    try {
      Path draft = Files.createTempFile(folder, "steering", "");
      Files.writeString(draft, text + "\n", StandardCharsets.US_ASCII);
      Files.move(draft, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void remove(String name) {
    try {
      Files.deleteIfExists(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
