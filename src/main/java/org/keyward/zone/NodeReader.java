package org.keyward.zone;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.keyward.content.ContentException;
import org.keyward.content.Reading;
import org.keyward.content.Release;
import org.keyward.dnssec.NameText;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * Makes nodes from stored rows, leaving out what PowerDNS could not serve: one malformed row would
 * make every later answer on its connection a SERVFAIL.
 */
final class NodeReader {
  private static final Set<String> CHILD_KEYS = Set.of("CDS", "CDNSKEY");

  private final Name origin;
  private final Optional<ModeSchedule> mode;
  private final boolean presigned;
  private final Clock clock;

  /** What one of them does not read would be SERVFAIL there, for its whole name. */
  private final Set<Release> releases = Release.all();

  /**
   * @param mode in which Keyward signs it; empty when it does not
   * @param presigned elsewhere: the stored signatures are the zone's
   */
  NodeReader(Name origin, Optional<ModeSchedule> mode, boolean presigned, Clock clock) {
    this.origin = origin;
    this.mode = mode;
    this.presigned = presigned;
    this.clock = clock;
  }

  /**
   * The node of these rows, all of one name; empty when none can be served.
   *
   * @param problems gets what is left out
   */
  Optional<Node> read(List<RecordRow> rows, List<RecordProblem> problems) {
    return PlainRows.areServed(rows, origin)
        ? Optional.of(new Node(rows))
        : readEach(rows, problems);
  }

  /** The same by reading each of them. */
  Optional<Node> readEach(List<RecordRow> rows, List<RecordProblem> problems) {
    List<RecordRow> served = new ArrayList<>();
    List<Record> records = new ArrayList<>();
    Set<Record> seen = new HashSet<>();
    boolean cname = rows.stream().anyMatch(NodeReader::isReadAlias);
    boolean soa = false;
    for (RecordRow stored : rows) {
      RecordRow row = stored;
      try {
        if (RecordParser.isGenerated(row) && !isSignature(row)) {
          throw new IOException("it is made when it is served; delete the row");
        }
        if (!row.owner().subdomain(origin)) {
          throw new IOException("its name is outside the zone " + NameText.of(origin));
        }
        Reading reading = reading(row, problems);
        row = RecordParser.named(row, reading);
        if (RecordParser.isLive(row)) {
          requireUnsigned(row);
          served.add(row);
          continue;
        }
        requireKskSigned(row);
        Record record = RecordParser.record(row, reading, row.ttl());
        if (!seen.add(record)) {
          continue; // the same record twice is one record (RFC 2181, section 5)
        }
        if (!isSignature(row)) {
          requireAlone(row, cname, records);
        }
        if (record.getType() == Type.SOA && (soa || !row.owner().equals(origin))) {
          throw new IOException(
              "a zone has one SOA, at " + NameText.of(origin) + "; delete this one");
        }
        soa |= record.getType() == Type.SOA;
        records.add(record);
        served.add(row);
      } catch (IOException e) {
        problems.add(problem(row, String.valueOf(e.getMessage())));
      }
    }
    return served.isEmpty() ? Optional.empty() : Optional.of(new Node(served));
  }

  /**
   * What one release alone reads is left out, but not where another server's signatures say that it
   * is there: without it the denials at its name would be bogus for all.
   */
  private Reading reading(RecordRow row, List<RecordProblem> problems) throws ContentException {
    Reading reading = RecordParser.reading(row);
    if (!presigned) {
      return reading.by(releases);
    }
    reading
        .fault(releases)
        .map(fault -> fault + "; it is served all the same, for another server has signed the zone")
        .ifPresent(fault -> problems.add(problem(row, fault)));
    return reading;
  }

  private static RecordProblem problem(RecordRow row, String reason) {
    return new RecordProblem(NameText.of(row.owner()), row.type(), row.content(), reason);
  }

  /** One that PowerDNS cannot read is no reason to leave out the others. */
  private static boolean isReadAlias(RecordRow row) {
    try {
      return RecordParser.isAlias(row);
    } catch (IOException e) {
      return false;
    }
  }

  private boolean isSignature(RecordRow row) {
    return presigned && (row.type().equals("RRSIG") || row.type().equals("TYPE46"));
  }

  private void requireUnsigned(RecordRow row) throws IOException {
    if (mode.isPresent() && mode.get().showsSignatures(clock.instant())) {
      throw new IOException(
          row.type() + " is expanded by PowerDNS and cannot be signed ahead; use another type");
    }
  }

  private void requireKskSigned(RecordRow row) throws IOException {
    if (mode.isEmpty() || !CHILD_KEYS.contains(row.type()) || !row.owner().equals(origin)) {
      return;
    }
    boolean split = mode.get().mode() == SigningMode.SPLIT;
    throw new IOException(
        split
            ? "in mode split PowerDNS would sign it with the ZSK, which parents refuse (RFC 7344,"
                + " section 4.1); delete it, or 'keyward mode "
                + NameText.of(origin)
                + " presigned'"
            : "the KSK must sign it (RFC 7344, section 4.1), so Keyward makes it itself; delete it,"
                + " and 'keyward ds "
                + NameText.of(origin)
                + " --publish on'");
  }

  private static void requireAlone(RecordRow row, boolean cname, List<Record> before)
      throws IOException {
    if (cname && !row.type().equals("CNAME")) {
      throw new IOException("there is a CNAME at the same name; keep one of the two");
    }
    if (cname && before.stream().anyMatch(other -> other.getType() == Type.CNAME)) {
      throw new IOException("there is more than one CNAME at this name; keep one");
    }
  }
}
