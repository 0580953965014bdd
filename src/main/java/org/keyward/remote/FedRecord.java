package org.keyward.remote;

import org.keyward.zone.RecordRow;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/** A record among the parameters of {@code feedRecord} and {@code replaceRRSet}. */
final class FedRecord {
  private FedRecord() {}

  static RecordRow of(Parameters record) {
    return of(record, record.name("qname"), record.number("ttl"));
  }

  static RecordRow of(Parameters record, Name owner, long ttl) {
    String type = type(record);
    try {
      return RecordRow.of(owner, type, record.text("content"), ttl);
    } catch (NumberFormatException e) {
      throw new MalformedRequestException("the priority of the " + type + " is no number");
    }
  }

  /** Upper case; PowerDNS's own types, such as ALIAS, included. */
  static String type(Parameters parameters) {
    String type = parameters.text("qtype").toUpperCase(java.util.Locale.ROOT);
    int number = Type.value(type, true);
    return number > 0 ? Type.string(number) : type;
  }
}
