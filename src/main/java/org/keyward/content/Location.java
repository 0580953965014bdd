package org.keyward.content;

/** LOC (RFC 1876). Seconds have three decimals, metres two; PowerDNS leaves more of them out. */
final class Location implements Layout {
  private static final int EQUATOR = 1 << 31;
  private static final int SEA_LEVEL = 10_000_000;
  private static final int[] PRECISIONS = {0x12, 0x16, 0x13};

  @Override
  public void read(Text in, Wire out) throws ContentException {
    Scanner text = new Scanner(Text.string(in.rest()));
    int first = text.angle();
    boolean latitude = text.wasLatitude();
    int second = text.angle();
    if (latitude == text.wasLatitude()) {
      throw fault();
    }
    int altitude = text.altitude();
    out.u8(0);
    for (int precision : PRECISIONS) {
      out.u8(text.atEnd() ? precision : text.precision());
    }
    out.u32(first);
    out.u32(second);
    out.u32(altitude);
  }

  private static ContentException fault() {
    return new ContentException(
        "it is not of the form 'degrees minutes seconds N degrees minutes seconds E metres'");
  }

  @Override
  public String write(Data data) throws ContentException {
    if (data.u8() != 0) {
      throw new ContentException("PowerDNS knows no version of LOC but 0");
    }
    int[] precisions = {data.u8(), data.u8(), data.u8()};
    StringBuilder text = new StringBuilder();
    text.append(angle((int) data.u32(), 'N', 'S')).append(' ');
    text.append(angle((int) data.u32(), 'E', 'W')).append(' ');
    text.append(metres(data.u32() - SEA_LEVEL));
    for (int precision : precisions) {
      text.append(' ').append(metres((precision >> 4) * (long) Math.pow(10, precision & 0xf)));
    }
    return text.toString();
  }

  private static String angle(int value, char above, char below) {
    long thousandths = (value & 0xffffffffL) - (1L << 31);
    long size = Math.abs(thousandths);
    return "%d %d %d.%03d %c"
        .formatted(
            size / 3_600_000,
            size / 60_000 % 60,
            size / 1_000 % 60,
            size % 1_000,
            thousandths >= 0 ? above : below);
  }

  private static String metres(long centimetres) {
    long size = Math.abs(centimetres);
    return (centimetres < 0 ? "-" : "") + size / 100 + ".%02dm".formatted(size % 100);
  }

  @Override
  public boolean trims() {
    return false;
  }

  /** As lenient as PowerDNS: what follows a number up to white space means nothing. */
  private static final class Scanner {
    private final String text;
    private int at;
    private boolean latitude;

    private Scanner(String text) {
      this.text = text;
    }

    private boolean atEnd() {
      return at >= text.length();
    }

    private char peek() {
      return atEnd() ? 0 : text.charAt(at);
    }

    private boolean wasLatitude() {
      return latitude;
    }

    private static boolean isSpace(char c) {
      return c == ' ' || (c >= '\t' && c <= '\r');
    }

    private void toNextWord() {
      while (!atEnd() && !isSpace(peek())) {
        at++;
      }
      skipSpaces();
    }

    private void skipSpaces() {
      while (isSpace(peek())) {
        at++;
      }
    }

    /** Of a number that is too large only the lower bits are left. */
    private int digits() {
      int value = 0;
      while (Text.isDigit(peek())) {
        value = value * 10 + text.charAt(at++) - '0';
      }
      return value;
    }

    /** So many digits behind a point, missing ones are zeros. */
    private int decimals(int count) {
      int value = 0;
      boolean more = peek() == '.';
      at += more ? 1 : 0;
      for (int i = 0; i < count; i++) {
        more &= Text.isDigit(peek());
        value = value * 10 + (more ? text.charAt(at++) - '0' : 0);
      }
      return value;
    }

    private int angle() throws ContentException {
      int seconds = 60 * 60 * digits();
      int thousandths = 0;
      skipSpaces();
      if (Text.isDigit(peek())) {
        seconds += 60 * digits();
        skipSpaces();
        if (Text.isDigit(peek())) {
          seconds += digits();
          thousandths = decimals(3);
          toNextWord();
        }
      }
      int size = seconds * 1000 + thousandths;
      char hemisphere = Character.toUpperCase(peek());
      if ("NSEW".indexOf(hemisphere) < 0) {
        throw fault();
      }
      latitude = hemisphere == 'N' || hemisphere == 'S';
      toNextWord();
      return hemisphere == 'N' || hemisphere == 'E' ? EQUATOR + size : EQUATOR - size;
    }

    private int altitude() {
      boolean below = peek() == '-';
      at += below ? 1 : 0;
      at += peek() == '+' ? 1 : 0;
      int size = 100 * digits();
      size += decimals(2);
      toNextWord();
      return SEA_LEVEL + (below ? -size : size);
    }

    /** A digit and a power of ten, in centimetres. */
    private int precision() {
      int whole = 100 * digits();
      long size = whole + decimals(2) & 0xffffffffL;
      toNextWord();
      int power = 0;
      while (power < 9 && size >= Math.pow(10, power + 1)) {
        power++;
      }
      return (int) Math.min(9, size / (long) Math.pow(10, power)) << 4 | power;
    }
  }
}
