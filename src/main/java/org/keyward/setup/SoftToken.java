package org.keyward.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A token in software, with a key, for who has no card yet. It belongs to the user of the signer,
 * who can write into its own state folder alone.
 */
record SoftToken(Path folder, Secrets secrets) implements Token {
  private static final String MODULE = "/usr/lib/softhsm/libsofthsm2.so";
  private static final String USER = "keyward";
  static final String KEY = "ksk-1";

  /** Where the signer may write. */
  private static final Path STATE = Path.of("/var/lib/keyward");

  private static final Path UNIT =
      Path.of("/etc/systemd/system/keyward-sign.service.d/softhsm.conf");

  @Override
  public List<Step> steps() {
    return List.of(
        secrets.step("pin", () -> secrets.write("pin", Secrets.random(12))),
        secrets.step("so-pin", () -> secrets.write("so-pin", Secrets.random(12))),
        new Step(configuration().toString(), () -> Files.exists(configuration()), this::configure),
        new Step(UNIT.toString(), () -> Files.exists(UNIT), this::tellTheUnit),
        new Step(
            "SoftHSM token 'keyward' with the key '" + KEY + "' in " + tokens(),
            () -> Files.isDirectory(tokens()),
            this::initialize));
  }

  private Path configuration() {
    return folder.resolve("softhsm2.conf");
  }

  private static Path tokens() {
    return STATE.resolve("tokens");
  }

  private void configure() {
    Configuration.write(
        configuration(),
        "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n"
            .formatted(tokens()));
  }

  private void tellTheUnit() {
    try {
      Files.createDirectories(UNIT.getParent());
    } catch (IOException e) {
      throw new SetupException("cannot make " + UNIT.getParent() + ": " + e, e);
    }
    Configuration.write(UNIT, "[Service]\nEnvironment=SOFTHSM2_CONF=" + configuration() + "\n");
  }

  private void initialize() {
    if (!Files.exists(Path.of(MODULE))) {
      throw new SetupException("SoftHSM is not there: apt install softhsm2");
    }
    run("install", "-d", "-o", USER, "-g", USER, "-m", "700", STATE.toString());
    run("install", "-d", "-o", USER, "-g", USER, "-m", "700", tokens().toString());
    asUser("--init-token", "--slot-index", "0", "--label", "keyward", "--so-pin", "env:SO_PIN");
    asUser(
        "--token-label",
        "keyward",
        "--login",
        "--login-type",
        "so",
        "--so-pin",
        "env:SO_PIN",
        "--init-pin",
        "--pin",
        "env:PIN");
    asUser(
        "--token-label",
        "keyward",
        "--login",
        "--pin",
        "env:PIN",
        "--keypairgen",
        "--key-type",
        "EC:prime256v1",
        "--label",
        KEY);
  }

  private static void run(String... command) {
    Programs.run(List.of(command), Map.of(), "");
  }

  private void asUser(String... options) {
    List<String> command = new ArrayList<>(List.of("setpriv", "--reuid", USER, "--regid", USER));
    command.addAll(List.of("--clear-groups", "pkcs11-tool", "--module", MODULE));
    command.addAll(List.of(options));
    Programs.run(
        command,
        Map.of(
            "SOFTHSM2_CONF", configuration().toString(),
            "PIN", text("pin"),
            "SO_PIN", text("so-pin")),
        "");
  }

  private String text(String name) {
    return String.valueOf(secrets.read(name).chars());
  }

  @Override
  public String yaml() {
    return """
        tokens:
          - name: office
            module: %s
            label: keyward
            pin-file: /run/credentials/keyward-sign.service/pin
        """
        .formatted(MODULE);
  }
}
