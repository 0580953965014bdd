package org.keyward.content;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/** A content that is being read: its bytes, how far it is read, and by which releases so far. */
final class Text {
  private final byte[] bytes;
  private final Set<Release> readers = EnumSet.allOf(Release.class);
  private String others = "";
  private boolean live;
  private int at;

  /**
   * @param content as it is stored
   * @param trimmed whether white space around it means nothing
   */
  Text(String content, boolean trimmed) {
    byte[] all = content.getBytes(StandardCharsets.UTF_8);
    int from = 0;
    int to = all.length;
    while (trimmed && from < to && isSpace(all[from])) {
      from++;
    }
    while (trimmed && to > from && isSpace(all[to - 1])) {
      to--;
    }
    this.bytes = Arrays.copyOfRange(all, from, to);
  }

  static boolean isSpace(int c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }

  static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  static boolean isAlphanumeric(int c) {
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  Set<Release> readers() {
    return readers;
  }

  String others() {
    return others;
  }

  boolean isLive() {
    return live;
  }

  /** PowerDNS makes a part of the record while it answers. */
  void setLive() {
    live = true;
  }

  /**
   * Only these releases read it.
   *
   * @param what is there, as the subject's complement: {@code it has …}
   */
  void only(Set<Release> releases, String what) throws ContentException {
    if (!releases.containsAll(readers)) {
      others = what;
    }
    readers.retainAll(releases);
    if (readers.isEmpty()) {
      throw new ContentException(what + ", which no PowerDNS reads together with the rest");
    }
  }

  boolean atEnd() {
    return at == bytes.length;
  }

  /** The byte, 0 to 255, that comes next; -1 at the end. */
  int peek() {
    return atEnd() ? -1 : bytes[at] & 0xff;
  }

  int next() {
    return bytes[at++] & 0xff;
  }

  /** As far as byte {@code offset} after the next one; -1 beyond the end. */
  int peek(int offset) {
    return at + offset < bytes.length ? bytes[at + offset] & 0xff : -1;
  }

  int position() {
    return at;
  }

  byte[] since(int from) {
    return Arrays.copyOfRange(bytes, from, at);
  }

  byte[] rest() {
    int from = at;
    at = bytes.length;
    return since(from);
  }

  /** A byte for each character. */
  static String string(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** To the next field, which must be there. */
  void skipSpaces() throws ContentException {
    while (!atEnd() && isSpace(peek())) {
      at++;
    }
    if (atEnd()) {
      throw new ContentException("a field is missing at its end");
    }
  }

  void requireEnd() throws ContentException {
    if (!atEnd()) {
      throw new ContentException(
          "'" + new String(rest(), StandardCharsets.UTF_8) + "' is too much at its end");
    }
  }

  /** What is wrong here. */
  ContentException fault(String what) {
    return new ContentException(
        "'" + new String(bytes, at, bytes.length - at, StandardCharsets.UTF_8) + "' " + what);
  }

  long number(long most) throws ContentException {
    skipSpaces();
    if (!isDigit(peek())) {
      throw fault("does not begin with a number");
    }
    long value = 0;
    while (isDigit(peek())) {
      value = value * 10 + next() - '0';
      if (value > most) {
        throw new ContentException("a number is above " + most);
      }
    }
    return value;
  }

  /** What is there up to white space. */
  byte[] word() throws ContentException {
    skipSpaces();
    int from = at;
    while (!atEnd() && !isSpace(peek())) {
      at++;
    }
    return since(from);
  }
}
