package org.keyward.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * Something that must be installed.
 *
 * @param place a command, or a path that may have a star as one folder's name
 * @param why what for
 */
record Requirement(String place, String why) {
  static final Requirement DNSPERF = new Requirement("dnsperf", "asks PowerDNS");
  static final Requirement POWERDNS = new Requirement("pdns_server", "stands in front");
  static final Requirement REMOTE =
      new Requirement("/usr/lib/*/pdns/libremotebackend.so", "PowerDNS's way to Keyward");
  static final Requirement GPGSQL =
      new Requirement(
          "/usr/lib/*/pdns/libgpgsqlbackend.so", "PowerDNS's own backend, the other side");
  static final Requirement PSQL = new Requirement("psql", "loads and copies rows");
  static final Requirement DIG = new Requirement("dig", "transfers zones");
  static final Requirement SOFTHSM = new Requirement("softhsm2-util", "a token in software");
  static final Requirement TOOLS = new Requirement("pkcs11-tool", "makes keys");
  static final Requirement GCC = new Requirement("gcc", "builds the slow token");
  static final Requirement JAR = new Requirement("target/keyward.jar", "is measured");

  boolean met() {
    return place.contains("/") ? exists() : inPath();
  }

  private boolean inPath() {
    return Stream.concat(
            Arrays.stream(System.getenv("PATH").split(":")), Stream.of("/usr/sbin", "/sbin"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, place)));
  }

  private boolean exists() {
    int star = place.indexOf('*');
    if (star < 0) {
      return Files.exists(Path.of(place));
    }
    String rest = place.substring(star + 2);
    try (DirectoryStream<Path> folders =
        Files.newDirectoryStream(Path.of(place.substring(0, star)))) {
      for (Path folder : folders) {
        if (Files.exists(folder.resolve(rest))) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
