package org.keyward.audit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Who is written down for something: {@code os:alice@host} for the command line, {@code api:NAME}
 * for the admin API, {@code sql:ROLE} for plain SQL, {@code powerdns} for the protocol, {@code
 * signer:host} for what the signer does by itself.
 */
public final class Actor {
  private static final String ROOT = "root";

  /** What the kernel says of a process that nobody's login has started. */
  private static final String NOBODY = "4294967295";

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private Actor() {}

  /** The person who runs this process, as the operating system knows them. */
  public static String operatingSystemUser() {
    return "os:" + user() + "@" + host();
  }

  /** The service that signs. */
  public static String signer() {
    return "signer:" + host();
  }

  /** The bearer of an API token. */
  public static String apiToken(String name) {
    return "api:" + name;
  }

  /** From the kernel: the property {@code user.name} is what its caller makes of it. */
  private static String user() {
    Path proc = Path.of("/proc/self");
    try {
      String owner = Files.getOwner(proc).getName();
      return person(proc.resolve("loginuid"), Path.of("/etc/passwd"), owner, System.getenv());
    } catch (IOException e) {
      return System.getProperty("user.name");
    }
  }

  /**
   * The person behind a process: who logged in, as the kernel keeps it through {@code su} and
   * {@code sudo}; else whom sudo names, if root runs the process, since anybody else could say
   * anything there.
   *
   * @param owner whom the process runs as
   */
  static String person(Path loginUid, Path passwd, String owner, Map<String, String> environment) {
    return loggedIn(loginUid)
        .map(uid -> name(passwd, uid))
        .or(
            () ->
                Optional.ofNullable(environment.get("SUDO_USER"))
                    .filter(name -> owner.equals(ROOT) && PLAIN.matcher(name).matches()))
        .orElse(owner);
  }

  private static Optional<String> loggedIn(Path loginUid) {
    try {
      String uid = Files.readString(loginUid).strip();
      return Optional.of(uid).filter(text -> text.matches("\\d+") && !text.equals(NOBODY));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String name(Path passwd, String uid) {
    try (Stream<String> lines = Files.lines(passwd, StandardCharsets.ISO_8859_1)) {
      return lines
          .map(line -> line.split(":", 4))
          .filter(fields -> fields.length > 2 && fields[2].equals(uid))
          .map(fields -> fields[0])
          .findFirst()
          .orElse("uid-" + uid);
    } catch (IOException | UncheckedIOException e) {
      return "uid-" + uid;
    }
  }

  /** Where this process runs. */
  public static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
