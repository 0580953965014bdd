package org.keyward.copy;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Reads what {@link ValueWriter} has written; that it is what was written has been checked. */
final class ValueReader {
  private static final int SHARED = 1 << 14;

  /** By place; whoever comes later takes the place. Threads may overwrite each other's: no harm. */
  private static final String[] TEXTS = new String[SHARED];

  private final DataInputStream in;

  ValueReader(InputStream in) {
    this.in = new DataInputStream(in);
  }

  /** Reads one of a list, or what an {@link Optional} holds. */
  @FunctionalInterface
  interface Each<T> {
    T read() throws IOException;
  }

  int number() throws IOException {
    return in.readInt();
  }

  long longNumber() throws IOException {
    return in.readLong();
  }

  boolean yes() throws IOException {
    return in.readBoolean();
  }

  byte[] bytes() throws IOException {
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    return bytes;
  }

  /** Most zones have the same few addresses, name servers and texts. */
  String text() throws IOException {
    String text = new String(bytes(), StandardCharsets.UTF_8);
    int place = (text.hashCode() * 0x9E3779B9) >>> Integer.numberOfLeadingZeros(SHARED - 1);
    String known = TEXTS[place];
    if (text.equals(known)) {
      return known;
    }
    TEXTS[place] = text;
    return text;
  }

  Name name() throws IOException {
    return new Name(bytes());
  }

  Record dnsRecord() throws IOException {
    return Record.fromWire(bytes(), Section.ANSWER);
  }

  Instant time() throws IOException {
    return Instant.ofEpochSecond(in.readLong(), in.readInt());
  }

  Duration duration() throws IOException {
    return Duration.ofSeconds(in.readLong(), in.readInt());
  }

  <T> Optional<T> optional(Each<T> each) throws IOException {
    return in.readBoolean() ? Optional.of(each.read()) : Optional.empty();
  }

  <T> List<T> list(Each<T> each) throws IOException {
    int count = in.readInt();
    List<T> values = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      values.add(each.read());
    }
    return values;
  }
}
