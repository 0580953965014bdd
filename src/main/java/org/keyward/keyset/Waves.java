package org.keyward.keyset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;

/**
 * Into which parts a key's zones are divided, of which one begins when the one before is over.
 *
 * @param percents how much of all zones is in a wave and those before; the last is 100
 */
public record Waves(List<Integer> percents) {
  public static final Waves DEFAULT = new Waves(List.of(1, 10, 100));

  public Waves {
    percents = List.copyOf(percents);
    int before = 0;
    for (int percent : percents) {
      if (percent <= before || percent > 100) {
        throw fault();
      }
      before = percent;
    }
    if (before != 100) {
      throw fault();
    }
  }

  /**
   * @throws IllegalArgumentException when it is none
   */
  public static Waves parse(String text) {
    try {
      return new Waves(
          Arrays.stream(text.split(",", -1)).map(String::trim).map(Integer::valueOf).toList());
    } catch (NumberFormatException e) {
      throw fault();
    }
  }

  private static IllegalArgumentException fault() {
    return new IllegalArgumentException(
        "waves are percents of all zones, each larger than the one before and the last 100, as in"
            + " 1,10,100");
  }

  /**
   * The wave of each zone, from 1 on. Which zones come first follows from their names and is no
   * order of these, so that the first ones are of many kinds. A wave has a zone at the least.
   */
  public Map<Name, Integer> of(List<Name> zones) {
    List<Name> order = new ArrayList<>(zones);
    order.sort(Comparator.comparingLong(Waves::place).thenComparing(Comparator.naturalOrder()));
    Map<Name, Integer> waves = new HashMap<>();
    int next = 0;
    for (int wave = 1; wave <= percents.size(); wave++) {
      long until = ((long) order.size() * percents.get(wave - 1) + 99) / 100;
      for (long end = Math.min(order.size(), Math.max(until, next + 1L)); next < end; next++) {
        waves.put(order.get(next), wave);
      }
    }
    return waves;
  }

  private static long place(Name zone) {
    long place = 0xcbf29ce484222325L;
    for (char letter : NameText.of(zone).toLowerCase(Locale.ROOT).toCharArray()) {
      place = (place ^ letter) * 0x100000001b3L;
    }
    return place;
  }

  @Override
  public String toString() {
    return percents.stream().map(String::valueOf).collect(Collectors.joining(","));
  }
}
