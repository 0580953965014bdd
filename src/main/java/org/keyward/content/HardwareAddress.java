package org.keyward.content;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** EUI48 and EUI64 (RFC 7043). What follows the last group means nothing to PowerDNS. */
record HardwareAddress(int groups) implements Layout {
  private static final String GROUP = "[ \\t\\n\\x0B\\f\\r]*([0-9A-Fa-f]{1,2})";

  @Override
  public void read(Text in, Wire out) throws ContentException {
    String text = Text.string(in.rest());
    Matcher matcher = Pattern.compile(GROUP + ("-" + GROUP).repeat(groups - 1)).matcher(text);
    if (!matcher.lookingAt()) {
      throw new ContentException(
          "'" + text + "' is not " + groups + " times two hexadecimal digits with -");
    }
    for (int i = 1; i <= groups; i++) {
      out.u8(Integer.parseInt(matcher.group(i), 16));
    }
  }

  @Override
  public String write(Data data) throws ContentException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < groups; i++) {
      text.append(i == 0 ? "" : "-").append("%02x".formatted(data.u8()));
    }
    return text.toString();
  }

  @Override
  public boolean trims() {
    return false;
  }
}
