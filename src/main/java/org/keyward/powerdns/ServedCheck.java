package org.keyward.powerdns;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.keyward.background.RepeatedTask;
import org.keyward.config.ListenAddress;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.ReceivedAnswer;
import org.keyward.zone.ServedSamples;
import org.keyward.zone.ServedSamples.Changed;
import org.keyward.zone.ServedSamples.Fault;
import org.keyward.zone.ServedSamples.Sample;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.NameTooLongException;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * A last net: validates some of what Keyward has signed as PowerDNS serves it, over the bytes that
 * it sends. What does not validate twice, in two rounds, is a fault until it does. Thread-safe.
 */
public final class ServedCheck implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServedCheck.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Duration OVERLAP = Duration.ofMinutes(1);
  private static final int RANDOM = 40;
  private static final int CHANGED = 200;
  private static final int FORMS = 20_000;
  private static final int FAULTS = 50;

  private final ListenAddress powerDns;
  private final ServedSamples samples;
  private final Clock clock;
  private final Set<String> forms = new LinkedHashSet<>();
  private final Map<Sample, String> suspects = new LinkedHashMap<>();
  private final Map<Sample, String> faults = new ConcurrentHashMap<>();
  private final AtomicLong validated = new AtomicLong();
  private Optional<RepeatedTask> task = Optional.empty();
  private Instant since;
  private boolean unanswered;

  /**
   * @param powerDns where it answers DNS
   */
  public ServedCheck(ListenAddress powerDns, ServedSamples samples, Clock clock) {
    this.powerDns = powerDns;
    this.samples = samples;
    this.clock = clock;
    this.since = clock.instant();
  }

  /** Looks again and again. */
  public ServedCheck start(Duration every) {
    task =
        Optional.of(RepeatedTask.every(every, "served-check", this::lookSafely).startAfter(every));
    return this;
  }

  private void lookSafely() {
    try {
      look();
      unanswered = false;
    } catch (IOException e) {
      if (!unanswered) {
        log.info(
            "PowerDNS does not answer at {}, and what it serves is not validated: {}; name its"
                + " address in admin.validate, or none",
            powerDns,
            e.getMessage());
      }
      unanswered = true;
    }
  }

  /** Validates some, and what was not valid before. */
  public void look() throws IOException {
    Set<Sample> chosen = new LinkedHashSet<>(faults.keySet());
    chosen.addAll(suspects.keySet());
    Instant now = clock.instant();
    for (Changed changed : samples.changed(since.minus(OVERLAP), CHANGED)) {
      if (forms.size() < FORMS && forms.add(changed.form())) {
        chosen.add(changed.sample());
      }
    }
    List<Sample> random = samples.random(RANDOM);
    chosen.addAll(random);
    random.stream().map(Sample::zone).distinct().map(ServedCheck::absent).forEach(chosen::addAll);
    validate(chosen);
    since = now;
  }

  /** A name that is not there, for its proof. */
  private static List<Sample> absent(Name zone) {
    String label = "keyward-" + Long.toString(ThreadLocalRandom.current().nextLong(1L << 40), 36);
    try {
      return List.of(new Sample(zone, Name.concatenate(new Name(label), zone), Type.A));
    } catch (TextParseException | NameTooLongException e) {
      return List.of();
    }
  }

  private void validate(Set<Sample> chosen) throws IOException {
    if (chosen.isEmpty()) {
      return;
    }
    Map<Name, Keys> keys = new HashMap<>();
    try (DnsOverTcp connection = new DnsOverTcp(powerDns, TIMEOUT)) {
      for (Sample sample : chosen) {
        Keys ofZone = keys.get(sample.zone());
        if (ofZone == null) {
          ofZone = keys(connection, sample.zone());
          keys.put(sample.zone(), ofZone);
        }
        judge(sample, fault(connection, sample, ofZone));
      }
    }
  }

  /**
   * @param good the DNSKEY set, when it is signed by a key of ours
   * @param fault what is wrong with it
   */
  private record Keys(List<DNSKEYRecord> good, Optional<String> fault) {}

  private Keys keys(DnsOverTcp connection, Name zone) throws IOException {
    List<DNSKEYRecord> own = samples.keys(zone);
    ReceivedAnswer answer = connection.ask(zone, Type.DNSKEY);
    if (own.isEmpty() || isElsewhere(answer)) {
      return new Keys(List.of(), Optional.empty());
    }
    List<DNSKEYRecord> served = answer.keys(zone);
    if (served.isEmpty()) {
      return new Keys(List.of(), Optional.of("there is no DNSKEY set"));
    }
    return new Keys(served, answer.fault(zone, zone, Type.DNSKEY, own, clock.instant()));
  }

  private Optional<String> fault(DnsOverTcp connection, Sample sample, Keys keys)
      throws IOException {
    if (keys.fault().isPresent()) {
      return keys.fault();
    }
    if (keys.good().isEmpty()) {
      return Optional.empty();
    }
    ReceivedAnswer answer = connection.ask(sample.name(), sample.type());
    validated.incrementAndGet();
    return isElsewhere(answer)
        ? Optional.empty()
        : answer.fault(sample.zone(), sample.name(), sample.type(), keys.good(), clock.instant());
  }

  /** The zone is not served there, not yet, or somebody else has the address. */
  private static boolean isElsewhere(ReceivedAnswer answer) {
    return answer.rcode() == Rcode.REFUSED
        || (!answer.isAuthoritative() && answer.rcode() != Rcode.SERVFAIL);
  }

  private void judge(Sample sample, Optional<String> fault) {
    if (fault.isEmpty()) {
      suspects.remove(sample);
      if (faults.remove(sample) != null) {
        log.info("{} is valid again as PowerDNS serves it", words(sample));
      }
      return;
    }
    boolean again = suspects.put(sample, fault.get()) != null;
    if (again && (faults.containsKey(sample) || faults.size() < FAULTS)) {
      if (faults.put(sample, fault.get()) == null) {
        log.error("{} is not valid as PowerDNS serves it: {}", words(sample), fault.get());
      }
    }
    if (suspects.size() > 2 * FAULTS) {
      suspects.remove(suspects.keySet().iterator().next());
    }
  }

  private static String words(Sample sample) {
    return "zone "
        + NameText.of(sample.zone())
        + ": "
        + NameText.of(sample.name())
        + " "
        + Type.string(sample.type());
  }

  /** What does not validate at present. */
  public List<Fault> faults() {
    List<Fault> found = new ArrayList<>();
    faults.forEach(
        (sample, why) ->
            found.add(
                new Fault(
                    sample.zone(),
                    NameText.of(sample.name()) + " " + Type.string(sample.type()) + ": " + why)));
    return found;
  }

  /** How many answers were validated. */
  public long validated() {
    return validated.get();
  }

  @Override
  public void close() {
    task.ifPresent(RepeatedTask::close);
  }
}
