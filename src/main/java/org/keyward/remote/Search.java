package org.keyward.remote;

/** Parameters of {@code searchRecords}. */
record Search(String pattern, int limit) {
  private static final int MOST = 10_000;

  static Search of(Parameters parameters) {
    int wanted = parameters.number("maxResults", MOST);
    return new Search(parameters.text("pattern"), Math.max(0, Math.min(wanted, MOST)));
  }
}
