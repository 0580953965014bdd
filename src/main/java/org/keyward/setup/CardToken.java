package org.keyward.setup;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A card or stick that OpenSC knows, which has its PIN and keys already. */
record CardToken(String serial, Secrets secrets, Supplier<String> pin) implements Token {
  private static final Path LIBRARIES = Path.of("/usr/lib");

  @Override
  public List<Step> steps() {
    return List.of(secrets.step("pin", () -> secrets.write("pin", pin.get())));
  }

  @Override
  public String yaml() {
    return """
        tokens:
          - name: office
            module: %s
            serial: "%s"
            pin-file: /run/credentials/keyward-sign.service/pin
        """
        .formatted(module(), serial);
  }

  private static Path module() {
    try (Stream<Path> folders = Files.list(LIBRARIES)) {
      return folders
          .map(folder -> folder.resolve("opensc-pkcs11.so"))
          .filter(Files::exists)
          .findFirst()
          .orElseThrow(
              () -> new SetupException("opensc-pkcs11.so is not there: apt install opensc-pkcs11"));
    } catch (java.io.IOException e) {
      throw new SetupException("cannot look into " + LIBRARIES, e);
    }
  }
}
