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
        + ": ZSK "
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
              + "'";
      case "resume" -> NameText.of(zone) + " goes on from phase " + phase;
      default ->
          NameText.of(zone)
              + " goes back to the former key, by way of phase "
              + phase
              + " and with all waits";
    };
  }

  /** Nothing has changed. */
  static String refusal(Name zone, Refusal why, KeySet keys) {
    return NameText.of(zone)
        + switch (why) {
          case ROLL_UNDER_WAY ->
              " has a roll under way, in phase "
                  + keys.roll(KeyRole.ZSK)
                      .map(roll -> RollTable.word(roll.phase()))
                      .orElse("unknown")
                  + "; 'keyward roll show "
                  + NameText.of(zone)
                  + "' says what it waits for";
          case NO_ROLL ->
              " has no roll under way; 'keyward roll start "
                  + NameText.of(zone)
                  + " --zsk' begins one";
          case NO_ACTIVE_KEY -> " has no ZSK that signs now; its rows in keyward.zsk are damaged";
          case HELD_ALREADY ->
              " is held already; 'keyward roll resume " + NameText.of(zone) + "' lets it go on";
          case NOT_HELD -> " is not held: it goes on by itself";
          case SAME_KEY -> " has this key already";
          case TAG_TAKEN -> " has, or had lately, a key with the tag of the new one; ask again";
          case OTHER_ALGORITHM -> " has a key of another algorithm";
          case DS_AT_PARENT -> " has the DS of the new key at its parent";
          case PARENT_UNKNOWN -> ": what its parent has is not known";
          case NOTHING_TO_CONFIRM -> " waits for nothing that a person can confirm";
        };
  }
}
