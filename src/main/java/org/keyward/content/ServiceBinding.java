package org.keyward.content;

import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;

/** SVCB and HTTPS (RFC 9460): parameters, sorted by their keys, unless the priority is 0. */
final class ServiceBinding implements Layout {
  @Override
  public void read(Text in, Wire out) throws ContentException {
    int priority = (int) in.number(0xffff);
    out.u16(priority);
    Field.NAME.read(in, out);
    if (priority == 0) {
      in.requireEnd();
      return;
    }
    SortedMap<Integer, byte[]> parameters = new TreeMap<>();
    while (!in.atEnd()) {
      in.skipSpaces();
      read(in, parameters);
    }
    parameters.forEach(
        (key, value) -> {
          out.u16(key);
          out.u16(value.length);
          out.bytes(value);
        });
  }

  /** Of a key that is there twice PowerDNS takes the first. */
  private static void read(Text in, Map<Integer, byte[]> parameters) throws ContentException {
    int from = in.position();
    while (!in.atEnd() && in.peek() != '=' && in.peek() != ' ') {
      in.next();
    }
    ServiceKey key = ServiceKey.named(Text.string(in.since(from)));
    boolean valued = in.peek() == '=';
    if (valued) {
      in.next();
      if (in.atEnd() || in.peek() == ' ') {
        throw new ContentException("a value is missing after '" + key.text() + "='");
      }
    }
    parameters.putIfAbsent(key.number(), ServiceValue.read(key, valued, in));
  }

  @Override
  public String write(Data data) throws ContentException {
    StringJoiner text = new StringJoiner(" ");
    int priority = data.u16();
    text.add(String.valueOf(priority)).add(Names.read(data));
    if (priority == 0 && !data.atEnd()) {
      throw new ContentException("PowerDNS has no parameters beside the priority 0");
    }
    while (!data.atEnd()) {
      int key = data.u16();
      text.add(ServiceValue.write(key, data.bytes(data.u16())));
    }
    return text.toString();
  }

  /** The releases that know dohpath, ohttp and tls-supported-groups. */
  static Set<Release> later() {
    return Set.of(Release.R5_1);
  }

  static Set<Release> earlier() {
    return Set.of(Release.R4_7, Release.R4_9);
  }
}
