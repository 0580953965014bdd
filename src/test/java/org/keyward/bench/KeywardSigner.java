package org.keyward.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.keyward.token.SoftHsm;
import org.keyward.token.TestToken;

/**
 * {@code bin/keyward sign} on one database with one token, from the packaged jar, with the priority
 * that its systemd unit gives it.
 */
final class KeywardSigner implements AutoCloseable {
  private final Process process;
  private final Path log;

  private KeywardSigner(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * @param server that serves the database; its files are used
   */
  static KeywardSigner start(KeywardServer server, TestToken token) throws IOException {
    Path pin = server.secret("pin", SoftHsm.PIN);
    Path config = server.folder().resolve("sign.yaml");
    Files.writeString(
        config,
        """
        %s
        tokens: [ { name: %s, module: %s, serial: %s, pin-file: %s } ]
        """
            .formatted(server.storage(), SigningQueue.TOKEN, token.module(), token.serial(), pin));
    Path log = server.folder().resolve("sign.log");
    return new KeywardSigner(
        new ProcessBuilder("nice", "-n", "10", "bin/keyward", "sign", "--config", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start(),
        log);
  }

  long pid() {
    return process.pid();
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  @Override
  public void close() {
    Programs.stop(process);
  }
}
