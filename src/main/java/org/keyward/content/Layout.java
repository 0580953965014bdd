package org.keyward.content;

/** How the data of a type are written as text. */
interface Layout {
  /**
   * From text to wire.
   *
   * @param in read up to its end
   */
  void read(Text in, Wire out) throws ContentException;

  /** From wire to a text that PowerDNS reads as the same data. */
  String write(Data data) throws ContentException;

  /** Whether white space around the text means nothing. */
  default boolean trims() {
    return true;
  }
}
