package org.keyward.cli;

import java.io.PrintWriter;
import java.util.Map;
import org.keyward.app.SigningRequests;

/** Waits for zones to be signed, and tells how much the token has to do until then. */
final class SigningWait {
  private final SigningRequests signer;
  private final String token;
  private final Progress progress;

  SigningWait(SigningRequests signer, String token, PrintWriter err) {
    this.signer = signer;
    this.token = token;
    this.progress = new Progress(err);
  }

  /**
   * Waits for one request.
   *
   * @param left how many zones there are still to be signed
   * @return what the signer says
   * @throws IllegalStateException when it refused, or when no signer is running
   */
  String await(long request, int left) throws InterruptedException {
    try {
      return signer.await(request, () -> progress.show(() -> left + " to be signed" + forecast()));
    } finally {
      progress.clear();
    }
  }

  private String forecast() {
    return signer.tokens().stream()
        .filter(row -> token.equals(row.get("name")) && row.get("empty_in_seconds") != null)
        .map(this::forecast)
        .findFirst()
        .orElse("");
  }

  private String forecast(Map<String, Object> row) {
    double seconds = ((Number) row.get("empty_in_seconds")).doubleValue();
    return "; token %s: %s signatures wait, done in about %s"
        .formatted(token, row.get("queue"), Progress.words(seconds));
  }
}
