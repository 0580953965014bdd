package org.keyward.content;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The releases of PowerDNS whose reading of content is known, the oldest first. */
public enum Release {
  R4_7("4.7"),
  R4_9("4.9"),
  R5_1("5.1");

  private final String number;

  Release(String number) {
    this.number = number;
  }

  /** Reads {@code 4.7}. */
  public static Optional<Release> parse(String text) {
    return Arrays.stream(values()).filter(release -> release.number.equals(text)).findFirst();
  }

  /** All of them. */
  public static Set<Release> all() {
    return EnumSet.allOf(Release.class);
  }

  /** {@code 4.7, 4.9}. */
  static String names(Set<Release> releases) {
    List<Release> sorted = releases.stream().sorted().toList();
    return sorted.stream().map(Release::toString).collect(Collectors.joining(", "));
  }

  @Override
  public String toString() {
    return number;
  }
}
