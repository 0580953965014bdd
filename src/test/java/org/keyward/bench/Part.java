package org.keyward.bench;

import java.util.List;

/** Measures one thing; runs alone, too. */
interface Part {
  /** As people name it on the command line. */
  String name();

  /** What it measures, in half a line. */
  String title();

  /** What must be installed; the benchmark refuses to start without it. */
  List<Requirement> needs();

  /**
   * Measures, and adds what it finds to {@code lab.report()}. Stops whatever it started.
   *
   * @throws Exception when it could not measure; the other parts run all the same
   */
  void run(Lab lab) throws Exception;
}
