package org.keyward.content;

/** IPSECKEY (RFC 4025): what is there depends on the gateway's type and the algorithm. */
final class IpsecKey implements Layout {
  private static final int MOST_ALGORITHM = 2;

  @Override
  public void read(Text in, Wire out) throws ContentException {
    Field.U8.read(in, out);
    int gateway = (int) in.number(0xff);
    int algorithm = (int) in.number(0xff);
    out.u8(gateway);
    out.u8(algorithm);
    switch (gateway) {
      case 0 -> {}
      case 1 -> Field.IPV4.read(in, out);
      case 2 -> Field.IPV6.read(in, out);
      case 3 -> Field.NAME.read(in, out);
      default -> throw new ContentException("PowerDNS knows no gateway type " + gateway);
    }
    requireKnown(algorithm);
    if (algorithm > 0) {
      Field.BASE64.read(in, out);
    }
    in.requireEnd();
  }

  private static void requireKnown(int algorithm) throws ContentException {
    if (algorithm > MOST_ALGORITHM) {
      throw new ContentException("PowerDNS knows no IPSECKEY algorithm " + algorithm);
    }
  }

  @Override
  public String write(Data data) throws ContentException {
    StringBuilder text = new StringBuilder(Field.U8.write(data));
    int gateway = data.u8();
    int algorithm = data.u8();
    requireKnown(algorithm);
    text.append(' ').append(gateway).append(' ').append(algorithm);
    switch (gateway) {
      case 0 -> {}
      case 1 -> text.append(' ').append(Field.IPV4.write(data));
      case 2 -> text.append(' ').append(Field.IPV6.write(data));
      case 3 -> text.append(' ').append(Field.NAME.write(data));
      default -> throw new ContentException("PowerDNS knows no gateway type " + gateway);
    }
    if (algorithm > 0) {
      text.append(' ').append(Field.BASE64.write(data));
    } else if (!data.atEnd()) {
      throw new ContentException(
          "there is a key without an algorithm, for which PowerDNS has no form");
    }
    return text.toString();
  }
}
