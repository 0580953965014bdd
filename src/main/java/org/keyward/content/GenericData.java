package org.keyward.content;

import java.util.HexFormat;

/** Data of a type without a form of its own (RFC 3597, section 5). */
final class GenericData implements Layout {
  static final String MARK = "\\#";
  private static final int MOST = 0xffff;

  @Override
  public void read(Text in, Wire out) throws ContentException {
    String text = Text.string(in.rest());
    String[] words = text.replaceFirst("^[ \\t\\n]+", "").split("[ \\t\\n]+");
    boolean empty = words.length == 2 && words[1].equals("0");
    if (!words[0].equals(MARK) || !(empty || words.length == 3)) {
      throw new ContentException(
          "PowerDNS reads this type in the form '\\# length hexadecimal' alone (RFC 3597)");
    }
    String digits = empty ? "" : words[2];
    if (digits.length() % 2 != 0 || digits.length() / 2 != Numbers.leading(words[1], MOST)) {
      throw new ContentException("the hexadecimal digits are not twice as many as the length says");
    }
    if (!digits.matches("[0-9A-Fa-f]*")) {
      throw new ContentException("there is what is no hexadecimal digit among them");
    }
    out.bytes(HexFormat.of().parseHex(digits));
  }

  @Override
  public String write(Data data) {
    byte[] rest = data.rest();
    return MARK + " " + rest.length + (rest.length == 0 ? "" : " " + Encoded.hex(rest));
  }

  @Override
  public boolean trims() {
    return false;
  }
}
