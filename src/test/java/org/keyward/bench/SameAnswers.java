package org.keyward.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/** Holds a sample of the answers of all sides against each other, before any is measured. */
final class SameAnswers {
  private static final int SAMPLE = 200;

  private SameAnswers() {}

  /**
   * Compares code, flags and records. Signatures must be there or not be there alike; what they
   * say, and the serial that moves with them, differs between who signs.
   *
   * @throws IllegalStateException with both answers, when two differ
   */
  static void check(List<Front> fronts, List<String> questions, boolean dnssec) throws IOException {
    int step = Math.max(1, questions.size() / SAMPLE);
    for (int i = 0; i < questions.size(); i += step) {
      String first = null;
      for (Front front : fronts) {
        String answer = ask(front.port(), questions.get(i), dnssec);
        if (first != null && !answer.equals(first)) {
          throw new IllegalStateException(
              "answers to '%s' differ: %s says%n%s%nand %s says%n%s"
                  .formatted(questions.get(i), fronts.get(0).name(), first, front.name(), answer));
        }
        first = answer;
      }
    }
  }

  private static String ask(int port, String question, boolean dnssec) throws IOException {
    String[] fields = question.split(" ");
    SimpleResolver resolver =
        new SimpleResolver(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    resolver.setTimeout(Duration.ofSeconds(5));
    if (dnssec) {
      resolver.setEDNS(0, 4096, ExtendedFlags.DO, List.of());
    }
    Message answer =
        resolver.send(
            Message.newQuery(
                Record.newRecord(
                    Name.fromString(fields[0], Name.root), Type.value(fields[1]), DClass.IN)));
    StringBuilder text = new StringBuilder();
    text.append(answer.getRcode()).append(answer.getHeader().getFlag(Flags.AA)).append('\n');
    for (int section : new int[] {Section.ANSWER, Section.AUTHORITY}) {
      TreeSet<String> lines = new TreeSet<>();
      answer.getSection(section).forEach(record -> lines.add(comparable(record, dnssec)));
      lines.forEach(line -> text.append(section).append(' ').append(line).append('\n'));
    }
    return text.toString();
  }

  private static String comparable(Record record, boolean dnssec) {
    String head = record.getName() + " " + record.getTTL() + " " + Type.string(record.getType());
    return switch (record.getType()) {
      case Type.RRSIG -> head + " " + Type.string(record.getRRsetType());
      case Type.SOA -> dnssec ? head : record.toString();
      default -> record.toString();
    };
  }
}
