package org.keyward.remote;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.keyward.zone.FedRow;
import org.keyward.zone.RecordRow;
import org.xbill.DNS.Name;

/** A record among the parameters of {@code feedRecord} and {@code replaceRRSet}. */
final class FedRecord {
  private FedRecord() {}

  static FedRow of(Parameters record) {
    RecordRow row = of(record, record.name("qname"), record.number("ttl"));
    Optional<String> orderName =
        record.has("ordername")
            ? Optional.of(orderName(record.lowerCase("ordername")))
            : Optional.empty();
    return new FedRow(row, orderName, record.flag("auth", true));
  }

  static RecordRow of(Parameters record, Name owner, long ttl) {
    String type = type(record);
    try {
      return RecordRow.of(owner, type, record.text("content"), ttl);
    } catch (NumberFormatException e) {
      throw new MalformedRequestException("the priority of the " + type + " is no number");
    }
  }

  /**
   * Upper case; empty for an empty non-terminal. A type that PowerDNS does not know by name keeps
   * the form {@code TYPEnnn}: PowerDNS would not know another one when it reads the row.
   */
  static String type(Parameters parameters) {
    return RecordRow.type(parameters.text("qtype"));
  }

  /** As gpgsql stores it: the labels of the relative name in reverse order, a space between. */
  private static String orderName(String relative) {
    Deque<String> labels = new ArrayDeque<>();
    int begin = 0;
    for (int i = 0; i < relative.length(); i++) {
      char c = relative.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '.') {
        labels.push(relative.substring(begin, i));
        begin = i + 1;
      }
    }
    labels.push(relative.substring(begin));
    labels.removeIf(String::isEmpty);
    return String.join(" ", labels);
  }
}
