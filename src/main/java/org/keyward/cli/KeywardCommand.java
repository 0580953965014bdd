package org.keyward.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.keyward.config.ConfigLoader;
import org.keyward.config.KeywardConfig;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** {@code keyward}: the options that all commands share. */
@Command(
    name = "keyward",
    description =
        "Serves DNS zones from PostgreSQL to PowerDNS, signed with keys in PKCS#11 tokens.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    scope = ScopeType.INHERIT,
    synopsisSubcommandLabel = "COMMAND")
public class KeywardCommand {
  private static final Set<String> SERVICES = Set.of("run", "serve", "sign");

  @Option(
      names = "--config",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "Configuration; else $KEYWARD_CONFIG, else /etc/keyward/keyward.yaml.")
  private Path configFile;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Log more, and show where a failure came from.")
  private boolean verbose;

  KeywardCommand() {}

  /** Runs one command and gives the exit code: 0 done, 1 refused or failed, 2 wrong usage. */
  public static int execute(String... words) {
    String[] args = Help.asOption(words);
    chooseLogLevel(args);
    return commandLine(args).execute(args);
  }

  /** With the command that these arguments ask for, or with all. */
  public static CommandLine commandLine(String... args) {
    CommandLine line = AllCommands.lineFor(args);
    if (Help.isAskedFor(args)) {
      Help.addTo(line);
    }
    KeywardCommand root = line.getCommand();
    line.setExecutionExceptionHandler(new FailureHandler(() -> root.verbose));
    line.setParameterExceptionHandler(new UsageHandler());
    return line;
  }

  /** Before the first logger is made, which reads the property. */
  private static void chooseLogLevel(String[] args) {
    boolean service = args.length > 0 && SERVICES.contains(args[0]);
    boolean detailed = Arrays.asList(args).contains("--verbose");
    if (System.getProperty("keyward.log") == null) {
      System.setProperty("keyward.log", detailed ? "DEBUG" : service ? "INFO" : "ERROR");
    }
  }

  KeywardConfig config() {
    KeywardConfig config = ConfigLoader.load(Optional.ofNullable(configFile), System.getenv());
    Logs.use(config.log());
    return config;
  }
}
