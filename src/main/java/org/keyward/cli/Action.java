package org.keyward.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.keyward.config.KeywardConfig;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What every command has: the configuration and where to print. */
abstract class Action implements Callable<Integer> {
  @Spec private CommandSpec spec;

  /** Does it; throws with one clear line when it cannot. */
  abstract void run() throws Exception;

  @Override
  public final Integer call() throws Exception {
    run();
    out().flush();
    return CommandLine.ExitCode.OK;
  }

  final KeywardConfig config() {
    return ((KeywardCommand) spec.root().userObject()).config();
  }

  final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  final PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** A wrong argument: exit code 2. */
  final RuntimeException wrongUsage(String message) {
    return new CommandLine.ParameterException(spec.commandLine(), message);
  }
}
