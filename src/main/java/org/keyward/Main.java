package org.keyward;

import org.keyward.cli.KeywardCommand;

/** Entry point of the executable jar; everything is in {@code cli}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.exit(KeywardCommand.execute(args));
  }
}
