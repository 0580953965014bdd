package org.keyward.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.keyward.demo.Demo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "demo",
    description = "Shows it all in a private folder, with a token in software, and cleans up.")
final class DemoCommand extends Action {
  @Option(names = "--check", description = "End after the checks instead of staying up.")
  private boolean check;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Where to put everything; deleted in the end. Default: a new temporary folder.")
  private Path folder;

  @Override
  void run() throws IOException, InterruptedException {
    int failed = new Demo(check, Optional.ofNullable(folder), out()).run();
    if (failed > 0) {
      throw new CommandFailed("the demo did not go as it should: " + failed + " checks failed");
    }
  }
}
