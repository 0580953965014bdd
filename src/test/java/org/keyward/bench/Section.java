package org.keyward.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;

/** What one part has found. For one thread. */
final class Section {
  /**
   * A line of the report.
   *
   * @param target what the figure should reach, if anything
   */
  record Line(Series series, Optional<Target> target) {}

  private final String part;
  private final String title;
  private final List<Line> lines = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private double seconds;

  Section(String part, String title) {
    this.part = part;
    this.title = title;
  }

  /** Adds a figure; returns it, for ratios. */
  Series measured(String what, String unit, double... values) {
    return measured(what, unit, DoubleStream.of(values).boxed().toList());
  }

  /** Adds a figure of several rounds; returns it, for ratios. */
  Series measured(String what, String unit, List<Double> values) {
    return add(new Series(what, unit, values), Optional.empty());
  }

  /** Adds a figure that has something to reach. */
  Series measured(String what, String unit, Target target, double... values) {
    return add(
        new Series(what, unit, DoubleStream.of(values).boxed().toList()), Optional.of(target));
  }

  /** Adds one figure divided by another, round by round. */
  void ratio(String what, Series one, Series other, Target target) {
    add(one.dividedBy(what, other), Optional.of(target));
  }

  /** Adds a ratio that only informs. */
  void ratio(String what, Series one, Series other) {
    add(one.dividedBy(what, other), Optional.empty());
  }

  private Series add(Series series, Optional<Target> target) {
    lines.add(new Line(series, target));
    return series;
  }

  /** Adds a sentence: what was left out and why, what failed, what a figure means. */
  void note(String sentence) {
    notes.add(sentence);
  }

  void took(double seconds) {
    this.seconds = seconds;
  }

  String part() {
    return part;
  }

  String title() {
    return title;
  }

  double seconds() {
    return seconds;
  }

  List<Line> lines() {
    return Collections.unmodifiableList(lines);
  }

  List<String> notes() {
    return Collections.unmodifiableList(notes);
  }

  /** The figure of that name. */
  Optional<Series> find(String what) {
    return lines.stream().map(Line::series).filter(line -> line.what().equals(what)).findFirst();
  }

  @Override
  public String toString() {
    return part + " " + Arrays.toString(lines.toArray());
  }
}
