package org.keyward.remote;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.Name;

/**
 * Tells from PowerDNS's calls on one connection where one question ends and the next one begins; it
 * does not say so itself. As seen with 4.7, 4.9 and 5.1, a question about a zone begins with a
 * lookup of the SOA at the apex without the client's address. Other lookups look the same: for the
 * types in an NSEC record, right after its neighbours were asked for, and in 4.7 those for
 * signatures, of the SOA and of each NSEC record; unless {@code consistent-backends=no}, all of
 * them are for everything at the name. Whether the client wants signatures is not told, so some
 * calls may be a begin as well as the signature at the end of a question. One thread at a time.
 */
final class QuestionCalls {
  /** What a call may be. */
  enum Place {
    BEGIN,
    WITHIN,

    /** A signature that the question still lacks, or a begin after one that lacks none. */
    SIGNATURE_OR_BEGIN,

    /** Right after what was or may have been a begin: the signature of its SOA, or a begin. */
    SOA_SIGNATURE_OR_BEGIN
  }

  private final List<Name> signaturesToCome = new ArrayList<>();
  private final Set<Name> denials = new HashSet<>();
  private boolean typesToCome;
  private boolean begun;
  private boolean apexAnswers;
  private Name last = Name.root;
  private Name encloser;

  /**
   * To be called before the answer is looked up.
   *
   * @param apex whether it is the origin of a zone
   * @param rested whether nothing was asked for so long that a begin is likelier than a signature:
   *     those that are expected are never asked for where the client wants none
   */
  Place lookup(Lookup lookup, boolean apex, boolean rested) {
    lookUpwards(lookup.name());
    boolean types = typesToCome && !lookup.hasClient();
    boolean signature = !types && signaturesToCome.remove(lookup.name());
    boolean seeksSoa = apex && lookup.maySeekSoa() && !lookup.hasClient() && !types;
    Place place = seeksSoa ? place(lookup, signature, rested) : Place.WITHIN;
    typesToCome = false;
    begun = place != Place.WITHIN;
    if (place == Place.BEGIN) {
      forget();
    } else if (apex && lookup.hasClient() && !signature && denials.isEmpty() && !apexAnswers) {
      apexAnswers = true;
      signaturesToCome.add(lookup.name());
    }
    return place;
  }

  /** Of a lookup with which a question may begin. */
  private Place place(Lookup lookup, boolean signature, boolean rested) {
    if (rested || !lookup.wantsEverything()) {
      return Place.BEGIN; // for a signature it would ask by its type
    }
    if (signature) {
      return Place.SIGNATURE_OR_BEGIN;
    }
    return begun ? Place.SOA_SIGNATURE_OR_BEGIN : Place.BEGIN;
  }

  /**
   * For a name that is not there PowerDNS goes up, to each wildcard and then to the name that this
   * is below, and ends at the first that is there.
   */
  private void lookUpwards(Name name) {
    if (name.isWild()) {
      encloser = null;
    } else if (last.isWild() && last.labels() == name.labels() + 1 && last.subdomain(name)) {
      encloser = name;
    }
    last = name;
  }

  /** Where PowerDNS has ended, until the neighbours of a name are asked for. */
  Optional<Name> encloser() {
    return Optional.ofNullable(encloser);
  }

  /**
   * @param zone whose chain it is
   * @param before the owner of the denial record that PowerDNS makes of the reply
   */
  void neighbours(Name zone, Name before) {
    typesToCome = true;
    begun = false;
    encloser = null;
    if (denials.isEmpty() && !apexAnswers) {
      signaturesToCome.add(zone);
    }
    if (denials.add(before)) {
      signaturesToCome.add(before);
    }
  }

  /** The call before was a begin. */
  void forget() {
    signaturesToCome.clear();
    denials.clear();
    apexAnswers = false;
    encloser = null;
  }
}
