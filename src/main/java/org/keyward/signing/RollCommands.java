package org.keyward.signing;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.keyward.config.SigningSettings;
import org.keyward.dnssec.NameText;
import org.keyward.dnssec.PublicKeys;
import org.keyward.dnssec.RrsetSigner;
import org.keyward.dnssec.SoftwareKeys;
import org.keyward.dnssec.ValidityWindow;
import org.keyward.keyset.Commands;
import org.keyward.keyset.DsWriting;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.KeySetPlanner;
import org.keyward.keyset.Outcome;
import org.keyward.keyset.Pace;
import org.keyward.keyset.Policy;
import org.keyward.keyset.PolicyRows;
import org.keyward.keyset.Refusal;
import org.keyward.keyset.WantedDs;
import org.keyward.keyset.ZonePolicy;
import org.keyward.signing.RollStore.LifetimeOver;
import org.keyward.signing.RollStore.Start;
import org.keyward.signing.RollStore.ZoneRolls;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.Name;

/** What people ask of rolls, and rolls that begin by themselves. Thread-safe. */
final class RollCommands {
  private final RollStore store;
  private final PolicyCommands policies;
  private volatile PolicyRows rows;

  RollCommands(RollStore store, SigningSettings settings) {
    this.store = store;
    this.policies = new PolicyCommands(store.policies(), settings);
  }

  /** Goes on with the policies as they are now. */
  PolicyRows readPolicies() {
    rows = policies.read();
    return rows;
  }

  /** Lets zones have the lifetimes that their policies say now. */
  void followPolicies(Instant now) {
    policies.follow(readPolicies(), now);
  }

  /** How the keys of this zone are kept. */
  KeySetPlanner planner(ZoneRolls zone) {
    PolicyRows known = rows == null ? readPolicies() : rows;
    Policy policy = known.effective(zone.policy()).policy();
    return new KeySetPlanner(
        zone.zone(), policy.signedBy(zone.schedule(), zone.runway(), zone.dnskeyTtl()));
  }

  /** Whether any policy has Keyward write DS records into parent zones. */
  boolean writesParents() {
    return rows.rows().keySet().stream()
        .anyMatch(name -> rows.effective(name).parentDs() == DsWriting.WRITE);
  }

  /**
   * What the parent of a zone without a DS is to have now.
   *
   * @param shownSince since when each of its name servers shows what it shows
   */
  WantedDs firstDs(ZoneRolls zone, Optional<Instant> shownSince, Instant now) {
    return WantedDs.first(zone.keys(), zone.seen(), shownSince, planner(zone).policy(), now);
  }

  /**
   * Carries a request out.
   *
   * @return why not, one line; empty when it is done
   */
  Optional<String> carryOut(long id, SigningRequest.Roll request, Tokens tokens, Instant now) {
    KeyRole role = request.role().equals("ksk") ? KeyRole.KSK : KeyRole.ZSK;
    readPolicies();
    Optional<Pace> pace;
    try {
      pace = request.pace();
    } catch (IllegalArgumentException e) {
      return Optional.of(NameText.of(request.zone()) + ": " + e.getMessage());
    }
    if (pace.isPresent()) {
      return start(id, request, role, pace.get(), tokens, now);
    }
    return switch (request.command()) {
      case "hold" ->
          store.command(id, request, role, zone -> commands(zone).hold(zone.keys(), role), now);
      case "resume" ->
          store.command(id, request, role, zone -> commands(zone).resume(zone.keys(), role), now);
      case "cancel" ->
          store.command(
              id,
              request,
              role,
              zone -> commands(zone).cancel(zone.keys(), role, zone.seen(), now),
              now);
      case "confirm" -> confirm(id, request, now);
      default ->
          Optional.of(
              NameText.of(request.zone())
                  + ": there is no command '"
                  + request.command()
                  + "' for rolls; write start, start-now, start-3d or the like, hold, resume, cancel or confirm");
    };
  }

  private Optional<String> start(
      long id, SigningRequest.Roll request, KeyRole role, Pace pace, Tokens tokens, Instant now) {
    Optional<TokenKey> ksk = Optional.empty();
    if (role == KeyRole.KSK) {
      if (request.token().isEmpty() || request.key().isEmpty()) {
        return Optional.of(
            NameText.of(request.zone())
                + ": say which key takes the place of the KSK: --to TOKEN/LABEL; 'keyward key"
                + " generate TOKEN LABEL' makes one");
      }
      TokenKey found = tokens.find(request.token().get(), request.key().get(), Optional.empty());
      ksk = Optional.of(tried(request.zone(), found, tokens));
    }
    return store.start(
        Optional.of(id),
        new Start(request.zone(), ksk, Optional.of(request.actor()), request.reason()),
        (zone, key) -> commands(zone).start(zone.keys(), key, pace, zone.seen(), now),
        now);
  }

  /**
   * The key, when its private part has made a signature that fits it: before it is in any DNSKEY
   * set. The signature was valid in 1970 alone.
   *
   * @throws TokenException when the token cannot sign with it
   */
  private static TokenKey tried(Name zone, TokenKey key, Tokens tokens) {
    DNSKEYRecord dnskey =
        SoftwareKeys.dnskey(zone, SoftwareKeys.KSK_FLAGS, key.algorithm(), key.publicKey());
    RrsetSigner.Prepared prepared =
        RrsetSigner.prepare(
            List.of(dnskey),
            dnskey,
            new ValidityWindow(Instant.EPOCH, Instant.EPOCH, Instant.EPOCH.plusSeconds(1)));
    byte[] signature = tokens.withPermit(key.token(), signer -> signer.sign(key, prepared.data()));
    if (!prepared.fits(signature, PublicKeys.fromDnskey(key.publicKey(), key.algorithm()))) {
      throw new TokenException(
          TokenException.Reason.FAILED,
          key + " made a signature that does not fit its public key; it is not used");
    }
    return key;
  }

  private Optional<String> confirm(long id, SigningRequest.Roll request, Instant now) {
    return store.command(
        id,
        request,
        KeyRole.KSK,
        zone ->
            zone.keys()
                    .roll(KeyRole.KSK)
                    .filter(roll -> isOther(request.key(), zone.keys().key(roll.newKey()).tag()))
                    .isPresent()
                ? new Outcome.Refused(Refusal.OTHER_TAG)
                : commands(zone).confirm(zone.keys(), zone.seen(), now),
        now);
  }

  private static boolean isOther(Optional<String> said, int tag) {
    return said.filter(text -> !text.equals(String.valueOf(tag))).isPresent();
  }

  /** The token that has the next key of a role, by policy; of ZSKs none has. */
  Map<String, String> tokensOf(KeyRole role) {
    return role == KeyRole.ZSK
        ? Map.of()
        : rows.rows().keySet().stream()
            .filter(name -> rows.effective(name).nextKsk().isPresent())
            .collect(
                Collectors.toMap(
                    name -> name, name -> tokenOf(rows.effective(name).nextKsk().orElseThrow())));
  }

  private static String tokenOf(String key) {
    return key.substring(0, key.indexOf('/'));
  }

  /**
   * The lifetime of a key of the zone is over.
   *
   * @return why it is not replaced, one line; empty when that has begun
   */
  Optional<String> startByItself(LifetimeOver over, Tokens tokens, Instant now) {
    ZonePolicy policy = rows.effective(over.policy());
    Optional<TokenKey> ksk = Optional.empty();
    if (over.role() == KeyRole.KSK) {
      if (policy.nextKsk().isEmpty()) {
        return Optional.of("its policy " + over.policy() + " does not name the next one");
      }
      String[] next = policy.nextKsk().get().split("/", 2);
      if (!tokens.names().contains(next[0])) {
        return Optional.of("no signer has the token " + next[0] + " that has its next one");
      }
      try {
        ksk =
            Optional.of(
                tried(over.zone(), tokens.find(next[0], next[1], Optional.empty()), tokens));
      } catch (TokenException e) {
        return Optional.of(e.getMessage());
      }
    }
    return store.start(
        Optional.empty(),
        new Start(
            over.zone(), ksk, Optional.empty(), "the lifetime of its " + over.role() + " is over"),
        (rolls, key) -> commands(rolls).start(rolls.keys(), key, policy.pace(), rolls.seen(), now),
        now);
  }

  private Commands commands(ZoneRolls zone) {
    return new Commands(planner(zone));
  }
}
