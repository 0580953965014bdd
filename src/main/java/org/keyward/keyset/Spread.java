package org.keyward.keyset;

import java.time.Duration;
import java.time.Instant;
import org.keyward.dnssec.ValidityWindow;

/**
 * Over which time windows that are signed already are signed anew.
 *
 * @param within more than none
 */
public record Spread(Instant since, Duration within) {

  /**
   * When a window has its turn: the present one first, and each before it is used.
   *
   * @param place of the window among all, counted from 0
   */
  public Instant turn(ValidityWindow window, int place, int places) {
    Instant turn = since.plus(within.multipliedBy(place).dividedBy(places));
    return turn.isBefore(window.activeFrom()) ? turn : window.activeFrom();
  }
}
