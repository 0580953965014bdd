package org.keyward.app;

/** Is told how far long work is, often and cheaply; called by the thread that does the work. */
@FunctionalInterface
public interface Steps {
  Steps NOBODY = (what, done, total) -> {};

  /**
   * @param what is being done, for people: "reading records"
   * @param total 0 while it is not known
   */
  void at(String what, long done, long total);
}
