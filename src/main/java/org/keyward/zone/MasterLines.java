package org.keyward.zone;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The lines of a master file (RFC 1035, section 5.1) as words: without comments, what is in
 * parentheses in one line. Words are as they are written, quotes and escapes included, but bytes
 * that are not ASCII, which are escapes: a string is of bytes.
 */
final class MasterLines {
  private static final int END = -1;

  /** Among so many words of a line is its owner, or the name that a directive has. */
  private static final int NAMES = 3;

  private final InputStream in;
  private final StringBuilder word = new StringBuilder();
  private final StringBuilder bytes = new StringBuilder();
  private final Map<Integer, String> foreign = new HashMap<>();
  private boolean isForeign;
  private List<String> words = List.of();
  private boolean indented;
  private int first;
  private int number = 1;
  private int depth;

  MasterLines(InputStream in) {
    this.in = new BufferedInputStream(in, 1 << 16);
  }

  /** Goes to the next line that has words; false at the end. */
  boolean next() throws IOException {
    do {
      words = new ArrayList<>();
      foreign.clear();
      first = number;
      int c = in.read();
      if (c == END) {
        return false;
      }
      indented = c == ' ' || c == '\t';
      line(c);
    } while (words.isEmpty());
    return true;
  }

  List<String> words() {
    return words;
  }

  /** One of the first words as it is written, when it has characters outside ASCII. */
  Optional<String> foreign(int index) {
    return Optional.ofNullable(foreign.get(index));
  }

  /** Whether it begins with white space: its owner is that of the record before. */
  boolean isIndented() {
    return indented;
  }

  /** An error in this line. */
  IOException fault(String what) {
    return new IOException("line " + first + ": " + what);
  }

  private void line(int begin) throws IOException {
    int c = begin;
    while (true) {
      switch (c) {
        case END, '\n' -> {
          endWord();
          number += c == '\n' ? 1 : 0;
          if (depth == 0 || c == END) {
            requireClosed();
            return;
          }
        }
        case ' ', '\t', '\r' -> endWord();
        case ';' -> {
          endWord();
          c = comment();
          continue;
        }
        case '(' -> parenthesis(1);
        case ')' -> parenthesis(-1);
        case '"' -> quoted();
        case '\\' -> escaped();
        default -> add(c);
      }
      c = in.read();
    }
  }

  private void requireClosed() throws IOException {
    if (depth > 0) {
      throw fault("a parenthesis is not closed");
    }
  }

  private void parenthesis(int change) throws IOException {
    endWord();
    depth += change;
    if (depth < 0) {
      throw fault("a parenthesis is closed that was not opened");
    }
  }

  /** What ends it. */
  private int comment() throws IOException {
    int c = in.read();
    while (c != '\n' && c != END) {
      c = in.read();
    }
    return c;
  }

  private void quoted() throws IOException {
    add('"');
    for (int c = in.read(); c != '"'; c = in.read()) {
      if (c == END || c == '\n') {
        throw fault("a quote (\") is missing at the end of a string");
      }
      if (c == '\\') {
        escaped();
      } else {
        add(c);
      }
    }
    add('"');
  }

  private void escaped() throws IOException {
    int c = in.read();
    if (c == END || c == '\n') {
      throw fault("a backslash is the last character of the line");
    }
    if (c < 0x80) {
      word.append('\\');
    }
    add(c);
  }

  private void add(int c) {
    if (words.size() < NAMES) {
      bytes.append((char) c);
      isForeign |= c >= 0x80;
    }
    if (c < 0x80) {
      word.append((char) c);
    } else {
      word.append("\\%03d".formatted(c));
    }
  }

  private void endWord() {
    if (word.length() > 0) {
      if (isForeign) {
        byte[] written = bytes.toString().getBytes(StandardCharsets.ISO_8859_1);
        foreign.put(words.size(), new String(written, StandardCharsets.UTF_8));
      }
      bytes.setLength(0);
      isForeign = false;
      words.add(word.toString());
      word.setLength(0);
    }
  }
}
