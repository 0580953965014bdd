package org.keyward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.keyward.ReferenceZone.Expectation;
import org.keyward.ReferenceZone.Question;
import org.keyward.remote.Form;
import org.keyward.remote.PowerDns;
import org.keyward.remote.PowerDnsVersion;
import org.keyward.remote.UnboundBatch;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;
import org.xbill.DNS.utils.base16;

/**
 * Each supported PowerDNS, over each transport, serves each kind of zone: every name of the zone
 * and names that it does not have are asked for, compared with what RFC 1034 says, and validated.
 */
@Tag("once")
class PowerDnsMatrixIT {
  private static final Path ZONE = Path.of("src/test/resources/matrix/zone").toAbsolutePath();
  private static final int ABSENT = 50;

  /** How a zone is signed, by whom, and how it denies what is not in it. */
  private enum Kind {
    UNSIGNED("plain.example."),
    PRESIGNED_NSEC("nsec.example.", "nsec"),
    PRESIGNED_NSEC3("nsec3.example.", "nsec3"),
    PRESIGNED_OPT_OUT("optout.example.", "nsec3", "--opt-out"),
    SPLIT_NSEC("splitnsec.example.", "nsec"),
    SPLIT_NSEC3("splitnsec3.example.", "nsec3"),
    SPLIT_OPT_OUT("splitoptout.example.", "nsec3", "--opt-out");

    final String zone;
    final boolean signed;
    final String denial;

    Kind(String zone, String... denial) {
      this.zone = zone;
      this.signed = denial.length > 0;
      this.denial = String.join(" ", denial);
    }

    boolean isSplit() {
      return name().startsWith("SPLIT");
    }

    /** What an opt-out span covers is insecure, not bogus (RFC 5155, section 9.2). */
    boolean isOptOut() {
      return denial.contains("--opt-out");
    }

    boolean fits(PowerDnsVersion version) {
      return !isSplit() || !version.name().startsWith("4.");
    }

    static void installAll(Installation keyward) {
      for (Kind kind : values()) {
        keyward.cli("zone", "import", kind.zone, ZONE.toString());
        if (kind.denial.contains("nsec3")) {
          List<String> chain = new ArrayList<>(List.of("zone", "denial", kind.zone));
          chain.addAll(List.of(kind.denial.split(" ")));
          keyward.cli(chain.toArray(String[]::new));
        }
      }
      assign(keyward, false);
      assign(keyward, true);
      for (Kind kind : values()) {
        if (kind.publishesKeys()) {
          keyward.cli("ds", kind.zone, "--publish", "on");
        }
      }
    }

    boolean publishesKeys() {
      return this == PRESIGNED_NSEC || this == PRESIGNED_NSEC3;
    }

    private static void assign(Installation keyward, boolean split) {
      List<String> command = new ArrayList<>(List.of("assign"));
      Stream.of(values())
          .filter(kind -> kind.signed && kind.isSplit() == split)
          .forEach(kind -> command.add(kind.zone));
      command.addAll(List.of("--token", Installation.TOKEN, "--label", Installation.KEY));
      command.addAll(List.of("--mode", split ? "split" : "presigned"));
      keyward.cli(command.toArray(String[]::new));
    }
  }

  @TempDir static Path dir;
  private static Installation keyward;
  private static ExecutorService pool;

  @BeforeAll
  static void install() {
    pool = Executors.newFixedThreadPool(2);
    keyward = new Installation(dir);
    keyward.start();
    Kind.installAll(keyward);
  }

  @AfterAll
  static void stop() {
    pool.shutdownNow();
    if (keyward != null) {
      keyward.close();
    }
  }

  static Stream<Arguments> cells() {
    return PowerDnsVersion.all().stream()
        .flatMap(version -> Stream.of(Form.values()).map(form -> Arguments.of(version, form)));
  }

  /** With the two forms that nobody is advised to use on one version alone. */
  static Stream<Arguments> mostCells() {
    PowerDnsVersion oldest = PowerDnsVersion.all().get(0);
    return cells()
        .filter(
            cell ->
                cell.get()[0].equals(oldest)
                    || cell.get()[1] == Form.UNIX
                    || cell.get()[1] == Form.POST_JSON);
  }

  /** Every answer is compared, and validated by unbound; of ten, one by delv too. */
  @ParameterizedTest
  @MethodSource("mostCells")
  void everyNameIsAnswered(PowerDnsVersion version, Form form) throws Exception {
    run(version, form, 10);
  }

  @ParameterizedTest
  @MethodSource("cells")
  @Tag("long")
  void everyNameValidates(PowerDnsVersion version, Form form) throws Exception {
    run(version, form, 1);
  }

  private static void run(PowerDnsVersion version, Form form, int sample) throws Exception {
    version.assumeThere();
    List<String> faults = new ArrayList<>();
    try (PowerDns powerDns = keyward.powerDns(version, form)) {
      Validators validators = new Validators(dir, powerDns.port());
      for (Kind kind : kinds(version, form, sample)) {
        Name apex = Name.fromConstantString(kind.zone);
        Cell cell = new Cell(new ReferenceZone(apex, Files.readAllBytes(ZONE)), kind, validators);
        cell.run(sample);
        System.out.println("matrix: " + version + " " + form + " " + kind + ": " + cell.summary());
        cell.faults.forEach(fault -> faults.add(kind + ": " + fault));
      }
      assertThat(faults)
          .as(() -> String.join("\n", faults) + "\n--- PowerDNS's log:\n" + powerDns.log())
          .isEmpty();
    }
  }

  /** In a normal run the transports differ in two kinds alone. */
  private static List<Kind> kinds(PowerDnsVersion version, Form form, int sample) {
    return Stream.of(Kind.values())
        .filter(kind -> kind.fits(version))
        .filter(kind -> sample == 1 || form == Form.UNIX || isBasic(kind))
        .toList();
  }

  private static boolean isBasic(Kind kind) {
    return kind == Kind.UNSIGNED || kind == Kind.PRESIGNED_NSEC;
  }

  /** One zone kind at one PowerDNS. */
  private static final class Cell {
    private final ReferenceZone zone;
    private final Kind kind;
    private final Validators validators;
    private final SimpleResolver resolver;
    private final List<String> faults = new ArrayList<>();
    private int asked;
    private int validatedByUnbound;
    private int validatedByDelv;

    Cell(ReferenceZone zone, Kind kind, Validators validators) {
      this.zone = zone;
      this.kind = kind;
      this.validators = validators;
      resolver =
          new SimpleResolver(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), validators.port()));
      resolver.setTimeout(Duration.ofSeconds(5));
      resolver.setEDNS(0, 1232, ExtendedFlags.DO);
    }

    void run(int sample) throws Exception {
      List<Question> questions = zone.questions(ABSENT);
      List<Callable<Optional<String>>> work = new ArrayList<>();
      for (Question question : questions) {
        work.add(() -> answerFault(question));
      }
      asked = questions.size();
      all(work);
      if (kind.signed) {
        validators.trust(kind.zone);
        validate(questions, sample);
      }
      if (kind.publishesKeys()) {
        validateChildKeys();
      }
      transfer();
    }

    /** Unbound validates every answer, delv a sample. */
    private void validate(List<Question> questions, int sample) throws Exception {
      List<Question> own =
          questions.stream().filter(q -> !zone.isReferral(q) && !zone.leadsAway(q)).toList();
      List<UnboundBatch.Question> forUnbound =
          own.stream()
              .filter(question -> !crossesDname(question))
              .map(q -> new UnboundBatch.Question(q.name().toString(), Type.string(q.type())))
              .toList();
      validators.unboundFaults(kind.zone, forUnbound).stream()
          .filter(fault -> !kind.isOptOut() || !fault.startsWith("insecure "))
          .forEach(faults::add);
      validatedByUnbound = forUnbound.size();
      List<Callable<Optional<String>>> work = new ArrayList<>();
      for (int i = 0; i < own.size(); i += sample) {
        Question question = own.get(i);
        work.add(() -> with(validators::delvFault, question));
      }
      validatedByDelv = work.size();
      all(work);
    }

    /**
     * While unbound looks for a DS below a DNAME, it sometimes takes PowerDNS's right answer for
     * "DS got DNAME answer", whoever has signed the zone. delv accepts it.
     */
    private boolean crossesDname(Question question) {
      return !ofType(zone.expected(question).answer(), Type.DNAME).isEmpty();
    }

    private void validateChildKeys() throws Exception {
      List<Callable<Optional<String>>> work = new ArrayList<>();
      for (int type : new int[] {Type.CDS, Type.CDNSKEY}) {
        Question question = new Question(zone.apex, type);
        work.add(() -> with(validators::delvFault, question));
        work.add(() -> with(validators::unboundFault, question));
        if (validators.dig("+short", kind.zone, Type.string(type)).isBlank()) {
          faults.add("no " + Type.string(type) + " is published");
        }
      }
      all(work);
    }

    private interface Validator {
      Optional<String> fault(String zone, String name, String type);
    }

    private Optional<String> with(Validator validator, Question question) {
      return validator
          .fault(kind.zone, question.name().toString(), Type.string(question.type()))
          .filter(fault -> !kind.isOptOut() || !isInsecure(fault));
    }

    private static boolean isInsecure(String fault) {
      return fault.contains("unsigned answer")
          || (fault.contains("(insecure)") && !fault.contains("BOGUS"));
    }

    private void all(List<Callable<Optional<String>>> work) throws Exception {
      for (Future<Optional<String>> done : pool.invokeAll(work)) {
        done.get().ifPresent(faults::add);
      }
    }

    private Optional<String> answerFault(Question question) throws IOException {
      Message reply =
          resolver.send(
              Message.newQuery(Record.newRecord(question.name(), question.type(), DClass.IN)));
      Expectation expected = zone.expected(question);
      boolean referral = !expected.referral().isEmpty();
      String wanted = text(expected.rcode(), !referral, expected.answer(), expected.referral());
      String got =
          text(
              reply.getRcode(),
              reply.getHeader().getFlag(Flags.AA),
              reply.getSection(Section.ANSWER),
              referral ? ofType(reply.getSection(Section.AUTHORITY), Type.NS) : List.of());
      return wanted.equals(got)
          ? Optional.empty()
          : Optional.of(question + ": expected " + wanted + ", got " + got);
    }

    private static List<Record> ofType(List<Record> records, int type) {
      return records.stream().filter(r -> r.getType() == type).toList();
    }

    private static String text(
        int rcode, boolean authoritative, List<Record> answer, List<Record> referral) {
      return Rcode.string(rcode)
          + (authoritative ? " aa " : " ")
          + lines(answer)
          + (referral.isEmpty() ? "" : " referral " + lines(referral));
    }

    /** Lower case, since PowerDNS answers with the case of the question. */
    private static Set<String> lines(List<Record> records) {
      Set<String> lines = new TreeSet<>();
      for (Record each : records) {
        if (each.getType() != Type.RRSIG) {
          lines.add(canonical(each));
        }
      }
      return lines;
    }

    private static String canonical(Record record) {
      // The serial moves when a zone is signed.
      byte[] data =
          record instanceof SOARecord soa
              ? withoutSerial(soa).rdataToWireCanonical()
              : record.rdataToWireCanonical();
      return String.join(
          " ",
          record.getName().canonicalize().toString(),
          Long.toString(record.getTTL()),
          Type.string(record.getType()),
          base16.toString(data));
    }

    private static SOARecord withoutSerial(SOARecord soa) {
      return new SOARecord(
          soa.getName(),
          soa.getDClass(),
          soa.getTTL(),
          soa.getHost(),
          soa.getAdmin(),
          0,
          soa.getRefresh(),
          soa.getRetry(),
          soa.getExpire(),
          soa.getMinimum());
    }

    /** A transfer has the records of the master file, and verifies when the zone is signed. */
    private void transfer() throws IOException {
      List<String> transferred = validators.transfer(kind.zone);
      ReferenceZone arrived =
          new ReferenceZone(
              zone.apex,
              String.join("\n", transferred).concat("\n").getBytes(StandardCharsets.UTF_8));
      Set<String> missing = lines(withoutDnssec(zone.records()));
      Set<String> unexpected = lines(withoutDnssec(arrived.records()));
      Set<String> expected = new TreeSet<>(missing);
      missing.removeAll(unexpected);
      unexpected.removeAll(expected);
      if (!missing.isEmpty() || !unexpected.isEmpty()) {
        faults.add("transfer: missing " + missing + ", unexpected " + unexpected);
      }
      if (kind.signed) {
        faults.addAll(validators.zoneFaults(kind.zone, transferred));
      }
    }

    private static List<Record> withoutDnssec(List<Record> records) {
      return records.stream()
          .filter(
              r ->
                  switch (r.getType()) {
                    case Type.SOA,
                        Type.DNSKEY,
                        Type.RRSIG,
                        Type.CDS,
                        Type.CDNSKEY,
                        Type.NSEC,
                        Type.NSEC3,
                        Type.NSEC3PARAM ->
                        false;
                    default -> true;
                  })
          .toList();
    }

    String summary() {
      return "%d asked, %d validated with unbound, %d with delv, transfer %s, %d failed"
          .formatted(
              asked,
              validatedByUnbound,
              validatedByDelv,
              kind.signed ? "verified with ldns-verify-zone and dnssec-verify" : "compared",
              faults.size());
    }
  }
}
