package org.keyward.admin;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What the bearer of an API token may do. */
public enum Role {
  /** Reads. */
  AUDITOR,
  /** Reads and changes. */
  OPERATOR;

  public boolean mayDo(Role needed) {
    return compareTo(needed) >= 0;
  }

  /** As people write it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Role> parse(String text) {
    return Arrays.stream(values()).filter(role -> role.word().equals(text)).findFirst();
  }
}
