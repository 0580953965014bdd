package org.keyward.app;

import java.util.Optional;
import org.keyward.admin.ConflictException;
import org.keyward.admin.NoSuchThingException;
import org.keyward.dnssec.NameText;
import org.keyward.signing.ParentDs;
import org.keyward.store.RequestDesk;
import org.keyward.store.ZoneEditor;
import org.keyward.store.ZoneSurroundings;
import org.xbill.DNS.Name;

/** Deletes zones, unless resolvers would find them bogus. */
final class ZoneDeletion {
  private final Storage storage;
  private final ZoneEditor editor;
  private final ZoneSurroundings surroundings;
  private final RequestDesk requests;
  private final ParentDs parentDs;

  ZoneDeletion(Storage storage, ParentDs parentDs) {
    this.storage = storage;
    this.editor = new ZoneEditor(storage.database());
    this.surroundings = new ZoneSurroundings(storage.database());
    this.requests = new RequestDesk(storage.database());
    this.parentDs = parentDs;
  }

  /** What {@link #delete} would do; throws what would be refused. */
  String preview(Name zone, boolean insist, String reason, String actor) {
    checkDeletion(zone, insist, reason);
    if (requests.needsTwoPeople()) {
      return "the deletion of " + NameText.of(zone) + " would wait for a second person";
    }
    int records =
        editor
            .tryDelete(zone, insist ? Optional.of(reason) : Optional.empty(), actor)
            .orElseThrow();
    return "would delete " + NameText.of(zone) + " with " + records + " records";
  }

  /** The number of the request that waits for a second person; empty when the zone is gone. */
  Optional<Long> delete(Name zone, boolean insist, String reason, String actor) {
    checkDeletion(zone, insist, reason);
    if (requests.needsTwoPeople()) {
      return Optional.of(
          requests.askToDelete(zone, reason, insist, actor, storage.clock().instant()));
    }
    editor.delete(zone, insist ? Optional.of(reason) : Optional.empty(), actor);
    return Optional.empty();
  }

  private void checkDeletion(Name zone, boolean insist, String reason) {
    if (editor.find(zone).isEmpty()) {
      throw new NoSuchThingException("there is no zone " + NameText.of(zone));
    }
    if (insist && reason.isBlank()) {
      throw new IllegalArgumentException("to insist needs a reason, for the audit log");
    }
    if (!insist) {
      obstacle(zone)
          .ifPresent(
              why -> {
                throw new ConflictException(why);
              });
    }
  }

  /** Why a zone must not go yet. Where PowerDNS signs, its parent decides. */
  private Optional<String> obstacle(Name zone) {
    Optional<String> label = surroundings.servedKey(zone);
    if (label.isPresent()) {
      return Optional.of(
          NameText.of(zone)
              + " is signed with the key '"
              + label.get()
              + "', and resolvers find it bogus without its records: have its DS removed from the"
              + " parent, then 'keyward unassign "
              + NameText.of(zone)
              + "'; to insist, give --insist and a --reason");
    }
    if (!surroundings.isSignedByPowerDns(zone)) {
      return Optional.empty();
    }
    try {
      return surroundings.parentHasDs(zone) || !parentDs.of(zone).isEmpty()
          ? Optional.of(
              NameText.of(zone)
                  + " has a DS at its parent, and resolvers find it bogus without its records: have"
                  + " the DS removed first; to insist, give --insist and a --reason")
          : Optional.empty();
    } catch (ParentDs.UnansweredException e) {
      return Optional.of(
          e.getMessage() + "; to delete it all the same, give --insist and a --reason");
    }
  }
}
