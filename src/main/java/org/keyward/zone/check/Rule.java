package org.keyward.zone.check;

/** One thing that can be wrong with a zone. */
@FunctionalInterface
interface Rule {
  void check(CheckedZone zone, Report report);
}
