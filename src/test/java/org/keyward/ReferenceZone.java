package org.keyward;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/**
 * What a name server must answer from a master file, by the algorithm of RFC 1034, section 4.3.2,
 * with the wildcards of RFC 4592 and DNAME of RFC 6672. It owes nothing to Keyward's own code.
 */
final class ReferenceZone {
  static {
    org.keyward.dnssec.AddedTypes.register();
  }

  /** A type that the master file has nowhere. */
  private static final int ABSENT_TYPE = Type.X25;

  final Name apex;
  private final List<Record> records = new ArrayList<>();
  private final Set<Name> names = new TreeSet<>();

  ReferenceZone(Name apex, byte[] masterFile) throws IOException {
    this.apex = apex;
    try (Master master = new Master(new ByteArrayInputStream(masterFile), apex)) {
      for (Record each = master.nextRecord(); each != null; each = master.nextRecord()) {
        records.add(each);
        for (Name name = each.getName(); !name.equals(apex); name = new Name(name, 1)) {
          names.add(name); // an empty non-terminal, if nothing else
        }
      }
    }
    names.add(apex);
  }

  /** A name and type to ask for. */
  record Question(Name name, int type) {
    @Override
    public String toString() {
      return name + " " + Type.string(type);
    }
  }

  /**
   * @param answer what the answer section holds, signatures apart
   * @param referral the NS set of a delegation, when that is the answer
   */
  record Expectation(int rcode, List<Record> answer, List<Record> referral) {}

  /** Each name with each of its types and two that it may not have, and names that do not exist. */
  List<Question> questions(int absent) {
    List<Question> questions = new ArrayList<>();
    Random random = new Random(1);
    Stream.concat(names.stream(), names.stream().flatMap(name -> below(name, random)))
        .forEach(name -> questions.addAll(at(name)));
    List<Name> parents = List.copyOf(names);
    int found = 0;
    while (found < absent) {
      Name name = child(parents.get(random.nextInt(parents.size())), random);
      if (expected(new Question(name, Type.A)).rcode == Rcode.NXDOMAIN) {
        questions.add(new Question(name, Type.A));
        found++;
      }
    }
    return questions;
  }

  /** What wildcards and DNAMEs make, one label and two labels below them. */
  private Stream<Name> below(Name name, Random random) {
    if (name.isWild()) {
      Name sibling = child(new Name(name, 1), random);
      return Stream.of(sibling, child(sibling, random));
    }
    return of(name, Type.DNAME).isEmpty()
        ? Stream.of()
        : Stream.of(child(name, random), within("below", name));
  }

  private static Name child(Name parent, Random random) {
    return within("x" + Integer.toString(random.nextInt(Integer.MAX_VALUE), 36), parent);
  }

  private static Name within(String label, Name parent) {
    return Name.fromConstantString(label + (parent.equals(Name.root) ? "." : "." + parent));
  }

  private List<Question> at(Name name) {
    Name source = names.contains(name) ? name : wildcard(name).orElse(name);
    Set<Integer> types = new TreeSet<>(Set.of(Type.A, ABSENT_TYPE));
    records.stream().filter(r -> r.getName().equals(source)).forEach(r -> types.add(r.getType()));
    if (cut(name).filter(name::equals).isPresent()) {
      types.add(Type.DS);
    }
    return types.stream().map(type -> new Question(name, type)).toList();
  }

  /** Whether the answer is a referral, which a validator does not accept as an answer. */
  boolean isReferral(Question question) {
    return !expected(question).referral.isEmpty();
  }

  /** Whether an alias leads out of the zone, where a validator cannot follow. */
  boolean leadsAway(Question question) {
    Expectation expected = expected(question);
    return question.type != Type.CNAME
        && expected.answer.stream()
            .anyMatch(r -> r instanceof CNAMERecord alias && !alias.getTarget().subdomain(apex));
  }

  Expectation expected(Question question) {
    List<Record> answer = new ArrayList<>();
    return expected(question.name, question.type, answer);
  }

  private Expectation expected(Name name, int type, List<Record> answer) {
    if (!name.subdomain(apex)) {
      return new Expectation(Rcode.NOERROR, answer, List.of());
    }
    Optional<Name> cut = cut(name);
    if (cut.isPresent() && !(cut.get().equals(name) && type == Type.DS)) {
      return new Expectation(Rcode.NOERROR, answer, of(cut.get(), Type.NS));
    }
    Optional<DNAMERecord> redirection = redirection(name);
    if (redirection.isPresent()) {
      return redirected(name, type, redirection.get(), answer);
    }
    Optional<Name> source = names.contains(name) ? Optional.of(name) : wildcard(name);
    if (source.isEmpty()) {
      return new Expectation(Rcode.NXDOMAIN, answer, List.of());
    }
    List<Record> alias = of(source.get(), Type.CNAME);
    boolean follow = !alias.isEmpty() && type != Type.CNAME;
    for (Record each : follow ? alias : of(source.get(), type)) {
      answer.add(
          Record.newRecord(
              name, each.getType(), DClass.IN, each.getTTL(), each.rdataToWireCanonical()));
    }
    return follow
        ? expected(((CNAMERecord) alias.get(0)).getTarget(), type, answer)
        : new Expectation(Rcode.NOERROR, answer, List.of());
  }

  private Expectation redirected(Name name, int type, DNAMERecord by, List<Record> answer) {
    try {
      Name target = name.fromDNAME(by);
      answer.add(by);
      answer.add(new CNAMERecord(name, DClass.IN, by.getTTL(), target));
      return type == Type.CNAME
          ? new Expectation(Rcode.NOERROR, answer, List.of())
          : expected(target, type, answer);
    } catch (NameTooLongException e) {
      return new Expectation(Rcode.YXDOMAIN, answer, List.of());
    }
  }

  /** The delegation at or above a name, the highest if there are several. */
  private Optional<Name> cut(Name name) {
    Optional<Name> highest = Optional.empty();
    for (Name at = name; at.labels() > apex.labels(); at = new Name(at, 1)) {
      if (!of(at, Type.NS).isEmpty()) {
        highest = Optional.of(at);
      }
    }
    return highest;
  }

  private Optional<DNAMERecord> redirection(Name name) {
    for (Name at = name; at.labels() > apex.labels(); ) {
      at = new Name(at, 1);
      List<Record> found = of(at, Type.DNAME);
      if (!found.isEmpty()) {
        return Optional.of((DNAMERecord) found.get(0));
      }
    }
    return Optional.empty();
  }

  /** The wildcard that stands for a name that does not exist, if there is one. */
  private Optional<Name> wildcard(Name name) {
    Name encloser = name;
    while (!names.contains(encloser)) {
      encloser = new Name(encloser, 1);
    }
    return Optional.of(within("*", encloser)).filter(names::contains);
  }

  List<Record> records() {
    return records;
  }

  private List<Record> of(Name name, int type) {
    return records.stream().filter(r -> r.getName().equals(name) && r.getType() == type).toList();
  }
}
