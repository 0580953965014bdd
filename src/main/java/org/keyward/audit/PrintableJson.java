package org.keyward.audit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;

/**
 * JSON that may be looked at in a terminal, with the same values: what a terminal would obey is
 * written as an escape, also where JSON itself asks for none.
 */
public final class PrintableJson extends CharacterEscapes {
  private static final long serialVersionUID = 1;
  private static final char DELETE = 0x7f;

  private final int[] ascii = standardAsciiEscapesForJSON();

  private PrintableJson() {
    ascii[DELETE] = ESCAPE_STANDARD;
  }

  /** What mappers are built on. */
  public static JsonFactory factory() {
    return new JsonFactory().setCharacterEscapes(new PrintableJson());
  }

  @Override
  public int[] getEscapeCodesForAscii() {
    return ascii;
  }

  @Override
  public SerializableString getEscapeSequence(int character) {
    return Printable.isActive((char) character)
        ? new SerializedString("\\u%04x".formatted(character))
        : null;
  }
}
