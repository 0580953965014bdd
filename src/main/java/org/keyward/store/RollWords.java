package org.keyward.store;

import org.keyward.dnssec.NameText;
import org.keyward.keyset.KeyRole;
import org.keyward.keyset.KeySet;
import org.keyward.keyset.Refusal;
import org.keyward.keyset.Roll;
import org.xbill.DNS.Name;

/** What people are told of their commands on rolls. */
final class RollWords {
  private RollWords() {}

  static String begun(Name zone, Roll roll, KeySet keys) {
    return NameText.of(zone)
        + ": "
        + roll.role()
        + " "
        + keys.key(roll.newKey()).tag()
        + " takes the place of "
        + keys.key(roll.oldKey()).tag()
        + "; 'keyward roll show "
        + NameText.of(zone)
        + "' says how far it is";
  }

  static String commanded(Name zone, String command, Roll roll) {
    String phase = RollTable.word(roll.phase());
    return switch (command) {
      case "hold" ->
          NameText.of(zone)
              + " stays in phase "
              + phase
              + " until 'keyward roll resume "
              + NameText.of(zone)
              + option(roll.role())
              + "'";
      case "resume" -> NameText.of(zone) + " goes on from phase " + phase;
      case "confirm" -> NameText.of(zone) + " goes on with phase " + phase;
      default ->
          NameText.of(zone)
              + " goes back to the former key, by way of phase "
              + phase
              + " and with all waits";
    };
  }

  /** What tells rolls of KSKs from others, in a command. */
  private static String option(KeyRole role) {
    return role == KeyRole.KSK ? " ksk" : "";
  }

  /** Nothing has changed. */
  static String refusal(Name zone, KeyRole role, Refusal why, KeySet keys) {
    return NameText.of(zone)
        + switch (why) {
          case ROLL_UNDER_WAY ->
              " has a roll under way, in phase "
                  + keys.roll(role).map(roll -> RollTable.word(roll.phase())).orElse("unknown")
                  + "; 'keyward roll show "
                  + NameText.of(zone)
                  + "' says what it waits for";
          case NO_ROLL ->
              " has no roll"
                  + (role == KeyRole.KSK ? " of its KSK" : "")
                  + " under way; 'keyward roll start "
                  + NameText.of(zone)
                  + (role == KeyRole.KSK ? " ksk --to TOKEN/LABEL" : " zsk")
                  + "' begins one";
          case NO_ACTIVE_KEY ->
              " has no %s that signs now; its rows in keyward.%s are damaged"
                  .formatted(role, RollTable.word(role));
          case HELD_ALREADY ->
              " is held already; 'keyward roll resume "
                  + NameText.of(zone)
                  + option(role)
                  + "' lets it go on";
          case NOT_HELD -> " is not held: it goes on by itself";
          case SAME_KEY -> " has this key already";
          case TAG_TAKEN ->
              role == KeyRole.KSK
                  ? " has, or had, a key with the algorithm and the tag of this one; take another key"
                  : " has, or had lately, a key with the tag of the new one; ask again";
          case OTHER_ALGORITHM ->
              " has a KSK of another algorithm; Keyward replaces a key by one of the same algorithm";
          case DS_AT_PARENT ->
              " has the DS of the new key at its parent; have it removed there first";
          case PARENT_UNKNOWN ->
              ": not every name server of its parent has said whether it has the DS of the new key;"
                  + " 'keyward parent check "
                  + NameText.of(zone)
                  + "' asks them, 'keyward roll hold' lets the roll stay where it is";
          case OTHER_TAG ->
              " is to have the DS of key "
                  + keys.roll(role).map(roll -> keys.key(roll.newKey()).tag()).orElse(0)
                  + " at its parent, not of the one that was confirmed";
          case NOTHING_TO_CONFIRM ->
              " waits for nothing that a person can confirm: that is the DS at the parent, in phase"
                  + " submitted, and when the wait of phase retiring is over";
        };
  }
}
