package org.keyward.content;

import java.util.Set;

/** Reads and writes what stands in the column {@code content}. */
public final class Content {
  /** What fits into an answer over TCP, with the name, the signature and the question beside it. */
  private static final int MOST_DATA = 64_000;

  private Content() {}

  /**
   * What PowerDNS makes of a row.
   *
   * @param type as stored, for example {@code MX}
   * @param content as PowerDNS gets it, the priority of MX and SRV in front
   * @throws ContentException when no release of PowerDNS reads it; says what is wrong
   */
  public static Reading read(String type, String content) throws ContentException {
    RecordType known = RecordType.named(type);
    boolean generic =
        RecordType.isNumbered(type.toUpperCase(java.util.Locale.ROOT))
            && content.stripLeading().startsWith(GenericData.MARK);
    boolean early = generic && !known.named().equals(Release.all());
    Layout layout = early ? new GenericData() : known.layout();
    Text text = new Text(quoted(known, content), layout.trims());
    if (early) {
      text.only(Set.of(Release.R4_7, Release.R4_9), "it is in the form for unknown types");
    } else {
      text.only(known.named(), "its type is " + known.mnemonic());
    }
    Wire data = new Wire();
    try {
      layout.read(text, data);
    } catch (ContentException e) {
      throw content.startsWith(GenericData.MARK) && !(layout instanceof GenericData)
          ? unread(known)
          : e;
    }
    byte[] made = data.toByteArray();
    if (made.length > MOST_DATA) {
      throw new ContentException("it is longer than an answer can be");
    }
    return new Reading(known, made, text.readers(), text.others(), text.isLive());
  }

  private static ContentException unread(RecordType type) {
    return new ContentException(
        "it is in the form for unknown types, which PowerDNS does not read for "
            + type.mnemonic()
            + "; write it in the form of its type");
  }

  /** PowerDNS puts a TXT that has no quotes into quotes. */
  private static String quoted(RecordType type, String content) {
    return type.isText() && !content.isEmpty() && content.charAt(0) != '"'
        ? '"' + content + '"'
        : content;
  }

  /**
   * The content that PowerDNS reads as these data, names without a final dot, the priority of MX
   * and SRV in front.
   *
   * @throws ContentException when there is none
   */
  public static String write(RecordType type, byte[] data) throws ContentException {
    return type.layout().write(new Data(data));
  }
}
