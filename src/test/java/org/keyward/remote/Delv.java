package org.keyward.remote;

import java.util.ArrayList;
import java.util.List;

/** BIND's validator for the command line. */
public final class Delv {
  private static final String LIMIT = "30";

  private Delv() {}

  /**
   * What delv says of a name; empty when it says nothing in time, twice.
   *
   * @param anchors its trust anchors, as {@code -a} wants them
   * @param zone that it trusts, and goes no further up than that
   */
  public static String ask(int port, String anchors, String zone, String name, String type) {
    List<String> command =
        new ArrayList<>(
            List.of("timeout", LIMIT, "delv", "@127.0.0.1", "-p", Integer.toString(port)));
    command.addAll(List.of("-a", anchors, "+root=" + zone, "-q", name, "-t", type));
    String said = PowerDns.run(command);
    // delv 9.18 sometimes waits for a lock of its own for ever, answered or not.
    return said.isBlank() ? PowerDns.run(command) : said;
  }
}
