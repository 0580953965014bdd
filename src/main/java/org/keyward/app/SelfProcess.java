package org.keyward.app;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line that runs this program again: the same JVM, the same jar or class path. */
public final class SelfProcess {
  private static final String EXPORTS = "jdk.crypto.cryptoki/sun.security.pkcs11.wrapper";

  /**
   * For what waits more than it computes: the optimising compiler would cost more than it saves.
   */
  private static final List<String> LIGHT =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError");

  private SelfProcess() {}

  /** The command up to the arguments of a command or of the signer role, as the launcher has it. */
  public static List<String> lightCommand() {
    return command(LIGHT);
  }

  /** The command up to the program's own arguments. */
  public static List<String> command() {
    return command(List.of());
  }

  private static List<String> command(List<String> jvmOptions) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    Path code = code();
    if (Files.isRegularFile(code)) {
      command.addAll(List.of("-jar", code.toString()));
    } else {
      String path = System.getProperty("java.class.path");
      command.addAll(
          List.of("--add-exports", EXPORTS + "=ALL-UNNAMED", "-cp", path, "org.keyward.Main"));
    }
    return command;
  }

  private static Path code() {
    try {
      return Path.of(SelfProcess.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("cannot tell where this program lies", e);
    }
  }
}
