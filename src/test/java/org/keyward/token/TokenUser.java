package org.keyward.token;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.keyward.signing.TokenKey;

/** Another process that signs with a test token: folder, serial, key label, how many signatures. */
final class TokenUser {
  private TokenUser() {}

  public static void main(String[] args) {
    Path folder = Path.of(args[0]);
    TestToken token = TestToken.existing(folder, args[1]);
    try (Pkcs11Tokens tokens = new FilePorts(folder).open(token.settings("t"))) {
      sign(tokens, args[2], Integer.parseInt(args[3]));
    }
  }

  static void sign(Pkcs11Tokens tokens, String label, int count) {
    byte[] data = "signed by one of many".getBytes(StandardCharsets.UTF_8);
    TokenKey key = tokens.find("t", label, Optional.empty());
    for (int i = 0; i < count; i++) {
      tokens.withPermit("t", signer -> signer.sign(key, data));
    }
  }

  static Process start(TestToken token, String label, int count) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "--add-exports",
                "jdk.crypto.cryptoki/sun.security.pkcs11.wrapper=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                TokenUser.class.getName(),
                token.folder().toString(),
                token.serial(),
                label,
                Integer.toString(count)));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(token.folder().resolve("user-" + System.nanoTime() + ".log").toFile())
        .start();
  }
}
