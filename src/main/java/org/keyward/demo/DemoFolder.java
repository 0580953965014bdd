package org.keyward.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** The private folder that everything of the demo lies in; deleted on {@link #close}. */
final class DemoFolder implements AutoCloseable {
  private final Path path;

  /**
   * @param chosen a folder that does not exist yet, or is empty
   */
  DemoFolder(Optional<Path> chosen) throws IOException {
    var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    if (chosen.isEmpty()) {
      path = Files.createTempDirectory("keyward-demo-", mode);
      return;
    }
    path = chosen.get().toAbsolutePath();
    Files.createDirectories(path, mode);
    try (Stream<Path> content = Files.list(path)) {
      if (content.findAny().isPresent()) {
        throw new DemoFailed(path + " is not empty; the demo deletes its folder in the end");
      }
    }
  }

  Path path() {
    return path;
  }

  Path file(String name) {
    return path.resolve(name);
  }

  Path write(String name, String text) throws IOException {
    Files.createDirectories(file(name).getParent());
    return Files.writeString(file(name), text);
  }

  /** A copy of a file of the jar. */
  Path copy(String name) throws IOException {
    try (InputStream content = DemoFolder.class.getResourceAsStream("/demo/" + name)) {
      Files.copy(content, file(name));
    }
    return file(name);
  }

  /** A copy of a program of the jar. */
  Path program(String name) throws IOException {
    return Files.setPosixFilePermissions(copy(name), PosixFilePermissions.fromString("rwx------"));
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    try (Stream<Path> all = Files.walk(path)) {
      all.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot clear " + path, e);
    } catch (UncheckedIOException e) {
      return; // a file went while we looked: its process is just ending
    }
  }
}
