package org.keyward.store;

import java.time.Instant;
import java.util.Optional;
import org.keyward.audit.AuditEvent;
import org.keyward.dnssec.NameText;
import org.keyward.signing.TokenKey;
import org.xbill.DNS.Name;

/** Audit events of the signer. */
final class SigningEvents {
  private SigningEvents() {}

  static AuditEvent event(
      Instant now,
      String who,
      AuditEvent.Action action,
      Name zone,
      TokenKey key,
      int tag,
      String detail) {
    return new AuditEvent(
        now,
        who,
        action,
        AuditEvent.Result.DONE,
        Optional.of(NameText.of(zone)),
        Optional.of(key.serial()),
        Optional.of(key.label()),
        Optional.of(key.ckaId()),
        Optional.of(tag),
        detail);
  }

  static AuditEvent event(
      Instant now, String who, AuditEvent.Action action, Name zone, String detail) {
    return event(now, who, action, AuditEvent.Result.DONE, zone, detail);
  }

  static AuditEvent event(
      Instant now,
      String who,
      AuditEvent.Action action,
      AuditEvent.Result result,
      Name zone,
      String detail) {
    return new AuditEvent(
        now,
        who,
        action,
        result,
        Optional.of(NameText.of(zone)),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        detail);
  }
}
