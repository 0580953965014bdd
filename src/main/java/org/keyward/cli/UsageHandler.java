package org.keyward.cli;

import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;

/** One line that says what is wrong, one that shows the right form. */
final class UsageHandler implements IParameterExceptionHandler {
  @Override
  public int handleParseException(ParameterException failure, String[] args) {
    CommandLine line = failure.getCommandLine();
    line.getErr().println("keyward: " + failure.getMessage().lines().findFirst().orElse(""));
    CommandLine.UnmatchedArgumentException.printSuggestions(failure, line.getErr());
    line.getErr().println("try: " + line.getCommandSpec().qualifiedName() + " --help");
    line.getErr().flush();
    return CommandLine.ExitCode.USAGE;
  }
}
