package org.keyward;

/** Entry point of the executable jar; everything is in {@code cli}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.err.println("the command line is not there yet");
  }
}
