package org.keyward.app;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.keyward.admin.NoSuchThingException;
import org.keyward.admin.Overview;
import org.keyward.admin.ParentDesk;
import org.keyward.config.KeywardConfig;
import org.keyward.dnssec.Algorithm;
import org.keyward.dnssec.NameText;
import org.keyward.signing.SigningRequest;
import org.keyward.store.PostgresClock;
import org.keyward.store.PostgresOverview;
import org.keyward.store.PostgresParents;
import org.keyward.store.PowerDnsContacts;
import org.keyward.store.PowerDnsKeys;
import org.keyward.store.RequestDesk;
import org.keyward.store.RollViews;
import org.keyward.store.SigningDesk;
import org.keyward.zone.SigningMode;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Name;

/** Asks the signer role for something, and waits for its answer. */
public final class SigningRequests implements org.keyward.admin.SigningDesk, AutoCloseable {
  private static final Duration PICK_UP_LIMIT = Duration.ofSeconds(30);
  private static final long POLL_MILLIS = 100;

  private final Storage storage;
  private final SigningDesk desk;
  private final RequestDesk requests;
  private final PowerDnsKeys powerDnsKeys;
  private final Duration hold;

  SigningRequests(Storage storage, KeywardConfig config) {
    this.storage = storage;
    this.powerDnsKeys =
        new PowerDnsKeys(storage.database(), () -> SealKeys.checked(config, storage));
    this.desk = new SigningDesk(storage.database());
    this.requests = new RequestDesk(storage.database());
    this.hold = config.signing().unassignHold();
  }

  public static SigningRequests open(KeywardConfig config) {
    return new SigningRequests(Storage.open(config), config);
  }

  public boolean needsTwoPeople() {
    return requests.needsTwoPeople();
  }

  public void needTwoPeople(String actor) {
    requests.needTwoPeople(actor, storage.clock().instant());
  }

  /** Asks for the rule of two people to hold no longer; gives the number of the request. */
  public long askForOnePerson(String reason, String actor) {
    return requests.askForOnePerson(reason, actor, storage.clock().instant());
  }

  @Override
  public long assign(
      Name zone,
      String token,
      String label,
      Optional<Algorithm> algorithm,
      Optional<SigningMode> mode,
      String reason,
      String actor) {
    return desk.assign(zone, token, label, algorithm, mode, reason, actor);
  }

  @Override
  public long changeMode(Name zone, String mode, String reason, String actor) {
    return desk.changeMode(zone, mode, reason, actor);
  }

  @Override
  public long unassign(Name zone, String reason, String actor) {
    return desk.unassign(zone, hold, reason, actor);
  }

  /** Asks for something of the roll of a zone; gives the number of the request. */
  public long roll(SigningRequest.Roll request) {
    return desk.roll(request);
  }

  /** Asks for something of a policy; gives the number of the request. */
  public long policy(SigningRequest.OfPolicy request) {
    return desk.policy(request);
  }

  /** The DS records that parents are to get now. */
  public List<Map<String, Object>> dsDue() {
    return new RollViews(storage.database()).dsDue();
  }

  /** Each DS that a person has to hand in, by itself. */
  public List<Map<String, Object>> dsByHand() {
    return new RollViews(storage.database()).dsByHand();
  }

  /** Rolls that are under way. */
  public List<Map<String, Object>> rolls() {
    return new RollViews(storage.database()).rolls();
  }

  /** How far the roll of a zone is. */
  public RollPicture rollPicture(Name zone) {
    return new RollRequests(storage, this).picture(zone);
  }

  /** Asks that a zone on its way to unsigned stays signed; gives the number of the request. */
  public long keep(Name zone, String reason, String actor) {
    return desk.keep(zone, reason, actor);
  }

  /**
   * Says that the signer is to go on though its clock and the database's differ; gives the number
   * of the request.
   *
   * @param lasting for how long this counts
   */
  public long acceptClocks(Duration lasting, String reason, String actor) {
    return new PostgresClock(storage.database()).accept(lasting, reason, actor);
  }

  /** What the hosts have said of their clocks. */
  public List<Map<String, Object>> clocks() {
    return new PostgresClock(storage.database()).hosts();
  }

  /**
   * Waits until the signer has carried the request out.
   *
   * @param whileWaiting called again and again, several times a second
   * @return what it says
   * @throws IllegalStateException when it refused, or when no signer is running
   */
  public String await(long request, Runnable whileWaiting) throws InterruptedException {
    long pickUpEnd = System.nanoTime() + PICK_UP_LIMIT.toNanos();
    while (true) {
      SigningDesk.Answer answer = desk.answer(request);
      if (answer.state().equals("waiting")) {
        return waiting("it", request);
      }
      if (answer.finished()) {
        if (answer.state().equals("failed")) {
          throw new IllegalStateException(answer.text());
        }
        return answer.text();
      }
      if (answer.state().equals("queued") && System.nanoTime() > pickUpEnd) {
        throw new IllegalStateException(
            "no signer has taken the request in "
                + PICK_UP_LIMIT.toSeconds()
                + " s; it stays queued: start one with 'keyward run' or 'keyward sign', or take it"
                + " back with 'keyward request cancel "
                + request
                + "'");
      }
      whileWaiting.run();
      Thread.sleep(POLL_MILLIS);
    }
  }

  /** What to say of a request that a second person must approve. */
  public static String waiting(String what, long request) {
    return what + " waits for a second person: 'keyward approve " + request + "'";
  }

  @Override
  public List<DSRecord> ds(Name zone, List<String> digests) {
    List<Integer> numbers = digests.stream().map(SigningRequests::digest).toList();
    List<DNSKEYRecord> own = desk.keySigningKeys(zone);
    List<DNSKEYRecord> keys = own.isEmpty() ? powerDnsKeys.of(zone) : own;
    if (keys.isEmpty()) {
      throw new NoSuchThingException(
          NameText.of(zone) + " has no key; 'keyward assign' gives it one");
    }
    return keys.stream()
        .flatMap(
            key ->
                numbers.stream()
                    .map(number -> new DSRecord(zone, key.getDClass(), 3600, number, key)))
        .toList();
  }

  private static int digest(String name) {
    return switch (name) {
      case "sha256" -> DNSSEC.Digest.SHA256;
      case "sha384" -> DNSSEC.Digest.SHA384;
      case "sha1" -> DNSSEC.Digest.SHA1;
      default ->
          throw new IllegalArgumentException(
              "the digest " + name + " is none of sha256, sha384, sha1");
    };
  }

  @Override
  public List<Map<String, Object>> requests(boolean onlyWaiting, int limit) {
    return requests.list(onlyWaiting, limit);
  }

  @Override
  public Map<String, Object> request(long id) {
    return requests.find(id);
  }

  @Override
  public void approve(long id, String actor) {
    requests.approve(id, actor, storage.clock().instant());
  }

  @Override
  public void reject(long id, String reason, String actor) {
    requests.reject(id, reason, actor, storage.clock().instant());
  }

  @Override
  public void cancel(long id, String reason, String actor) {
    requests.cancel(id, reason, actor, storage.clock().instant());
  }

  public Overview overview() {
    return new PostgresOverview(storage.database());
  }

  /** Has the zone's parent asked now. */
  public ParentDesk.View askParent(Name zone) {
    return new PostgresParents(storage.database()).ask(zone);
  }

  /** When PowerDNS last asked each server, and how. */
  public List<Map<String, Object>> servers() {
    return new PowerDnsContacts(storage.database()).recent();
  }

  public List<Map<String, Object>> zones() {
    return desk.zones();
  }

  /** The same of one zone; empty when there is none. */
  public List<Map<String, Object>> zone(Name zone) {
    return desk.zone(zone);
  }

  public List<Map<String, Object>> tokens() {
    return desk.tokens();
  }

  @Override
  public void close() {
    storage.close();
  }
}
