package org.keyward.store;

import java.util.Optional;
import org.keyward.zone.RefusedChangeException;
import org.keyward.zone.RefusedChangeException.Fault;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What PostgreSQL refuses since it must not be so, apart from what it could not do. */
final class Refusals {
  /** Where PostgreSQL's plpgsql carries out RAISE: what it says is for people. */
  private static final String RAISE = "exec_stmt_raise";

  private Refusals() {}

  /** Empty for whatever else went wrong. */
  static Optional<RefusedChangeException> of(Throwable failure) {
    if (!(failure instanceof PSQLException refusal) || refusal.getSQLState() == null) {
      return Optional.empty();
    }
    ServerErrorMessage said = refusal.getServerErrorMessage();
    if (said == null || said.getMessage() == null) {
      return Optional.empty();
    }
    String state = refusal.getSQLState();
    return isRaised(refusal) || state.startsWith("22") || state.startsWith("23")
        ? Optional.of(
            new RefusedChangeException(
                fault(state), said.getMessage().lines().findFirst().orElse(""), refusal))
        : Optional.empty();
  }

  /** Whether a function or a trigger says so. */
  static boolean isRaised(PSQLException refusal) {
    ServerErrorMessage said = refusal.getServerErrorMessage();
    return said != null && RAISE.equals(said.getRoutine());
  }

  /** The SQLSTATE that Keyward's own functions choose says what is at fault. */
  private static Fault fault(String state) {
    return switch (state) {
      case "P0002" -> Fault.MISSING;
      // unique, foreign key, exclusion, restrict; in use; two people are needed
      case "23505", "23503", "23P01", "23001", "55006", "42501" -> Fault.CONFLICT;
      default -> Fault.WRONG;
    };
  }
}
