package org.keyward.config;

import java.util.List;

/** The configuration cannot be used; every problem is named with its key. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String source;
  private final List<String> problems;

  public ConfigException(String source, List<String> problems) {
    super(source + ": " + String.join("; ", problems));
    this.source = source;
    this.problems = List.copyOf(problems);
  }

  /** The file that was read, or the environment. */
  public String source() {
    return source;
  }

  public List<String> problems() {
    return problems;
  }
}
