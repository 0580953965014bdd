package org.keyward.copy;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Writes values one after the other, for {@link ValueReader} to read in the same order. */
final class ValueWriter {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(bytes);

  /** Writes one of a list, or what an {@link Optional} holds. */
  @FunctionalInterface
  interface Each<T> {
    void write(T value) throws IOException;
  }

  byte[] written() {
    return bytes.toByteArray();
  }

  void number(int value) throws IOException {
    out.writeInt(value);
  }

  void number(long value) throws IOException {
    out.writeLong(value);
  }

  void yes(boolean value) throws IOException {
    out.writeBoolean(value);
  }

  void bytes(byte[] value) throws IOException {
    out.writeInt(value.length);
    out.write(value);
  }

  void text(String value) throws IOException {
    bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  void name(Name value) throws IOException {
    bytes(value.toWire());
  }

  void dnsRecord(Record value) throws IOException {
    bytes(value.toWire(Section.ANSWER));
  }

  void time(Instant value) throws IOException {
    out.writeLong(value.getEpochSecond());
    out.writeInt(value.getNano());
  }

  void duration(Duration value) throws IOException {
    out.writeLong(value.getSeconds());
    out.writeInt(value.getNano());
  }

  <T> void optional(Optional<T> value, Each<T> each) throws IOException {
    out.writeBoolean(value.isPresent());
    if (value.isPresent()) {
      each.write(value.get());
    }
  }

  <T> void list(Collection<T> values, Each<T> each) throws IOException {
    out.writeInt(values.size());
    for (T value : values) {
      each.write(value);
    }
  }
}
