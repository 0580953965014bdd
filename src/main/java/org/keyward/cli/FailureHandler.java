package org.keyward.cli;

import java.util.function.BooleanSupplier;
import org.keyward.audit.Printable;
import org.keyward.config.ConfigException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** One clear line on stderr for whatever went wrong; the stack trace only with --verbose. */
final class FailureHandler implements IExecutionExceptionHandler {
  private final BooleanSupplier verbose;

  FailureHandler(BooleanSupplier verbose) {
    this.verbose = verbose;
  }

  @Override
  public int handleExecutionException(Exception failure, CommandLine line, ParseResult parsed) {
    if (failure instanceof ConfigException config && config.problems().size() > 1) {
      config
          .problems()
          .forEach(
              problem ->
                  line.getErr()
                      .println("keyward: " + Printable.line(config.source() + ": " + problem)));
    } else {
      line.getErr().println("keyward: " + Printable.line(message(failure)));
    }
    if (verbose.getAsBoolean()) {
      failure.printStackTrace(line.getErr());
    }
    line.getErr().flush();
    return CommandLine.ExitCode.SOFTWARE;
  }

  private static String message(Exception failure) {
    String message = failure.getMessage();
    if (message == null || message.isBlank()) {
      return failure.getClass().getSimpleName() + " (--verbose shows where)";
    }
    return message.lines().filter(text -> !text.isBlank()).findFirst().orElse(message).strip();
  }
}
