package org.keyward.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * {@code keyward} with all its commands. picocli reads a class for each of them, and for each of
 * their own, which takes longer than most commands do: who asks for one gets that one.
 */
@Command(
    subcommands = {
      RunCommand.class,
      ServeCommand.class,
      SignCommand.class,
      TokenCommand.class,
      KeyCommand.class,
      SetupCommand.class,
      MigrateCommand.class,
      LeaveCommand.class,
      AdoptHsmCommand.class,
      ZoneCommand.class,
      AssignCommand.class,
      ModeCommand.class,
      UnassignCommand.class,
      RollCommand.class,
      PolicyCommand.class,
      PlanCommand.class,
      DsCommand.class,
      StatusCommand.class,
      FindingsCommand.class,
      ClockCommand.class,
      AuditCommand.class,
      SealCommand.class,
      ApiTokenCommand.class,
      RequestCommand.class,
      ApproveCommand.class,
      ParentCommand.class,
      TwoPersonCommand.class,
      PdnsConfigCommand.class,
      DemoCommand.class
    })
final class AllCommands extends KeywardCommand {
  private static final List<String> VERSION = List.of("--version", "-V");

  /** A command line that has what these arguments ask for; all where that is not plain. */
  static CommandLine lineFor(String... args) {
    if (args.length == 1 && VERSION.contains(args[0])) {
      return new CommandLine(new KeywardCommand());
    }
    return asked(args)
        .flatMap(AllCommands::named)
        .map(command -> new CommandLine(new KeywardCommand()).addSubcommand(command))
        .orElseGet(() -> new CommandLine(new AllCommands()));
  }

  private static Optional<Class<?>> named(String name) {
    return Arrays.<Class<?>>stream(AllCommands.class.getAnnotation(Command.class).subcommands())
        .filter(command -> command.getAnnotation(Command.class).name().equals(name))
        .findFirst();
  }

  /** The first word that is neither an option nor the value of one. */
  private static Optional<String> asked(String... args) {
    for (int i = 0; i < args.length; i++) {
      if (args[i].equals("--config")) {
        i++;
      } else if (!args[i].startsWith("-")) {
        return Optional.of(args[i]);
      }
    }
    return Optional.empty();
  }
}
