package org.keyward.http;

import java.time.Duration;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * How long a client may take for the next part of a request, or to take the next part of a reply.
 * Between requests other limits hold. A time that is set wakes the thread of the timers, so whoever
 * knows that nothing is to be waited for leaves it out.
 */
public final class Patience {
  private final Duration patience;

  Patience(Duration patience) {
    this.patience = patience;
  }

  /** What is done while the client has to keep up; completes the callback, or throws. */
  @FunctionalInterface
  public interface Work {
    void run(Callback callback) throws Exception;
  }

  /**
   * Is impatient with the client until the request ends.
   *
   * @param callback of the request
   * @param work gets a callback that takes the place of that
   */
  public void during(Request request, Callback callback, Work work) {
    EndPoint client = request.getConnectionMetaData().getConnection().getEndPoint();
    long before = client.getIdleTimeout();
    client.setIdleTimeout(patience.toMillis());
    // Before the request ends: the next one may begin at once.
    Callback ended = Callback.from(() -> client.setIdleTimeout(before), callback);
    try {
      work.run(ended);
    } catch (Exception e) {
      ended.failed(e);
    }
  }

  /** Is impatient with whoever asks what is below. */
  Handler.Wrapper withAll() {
    return new Handler.Wrapper() {
      @Override
      public boolean handle(Request request, Response response, Callback callback) {
        during(request, callback, ended -> answer(request, response, ended));
        return true;
      }

      private void answer(Request request, Response response, Callback callback) throws Exception {
        if (!super.handle(request, response, callback)) {
          Response.writeError(request, response, callback, HttpStatus.NOT_FOUND_404);
        }
      }
    };
  }
}
