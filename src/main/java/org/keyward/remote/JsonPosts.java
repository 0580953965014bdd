package org.keyward.remote;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.MimeTypes;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.keyward.http.HttpListener;
import org.keyward.http.Patience;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The form of the protocol that is on the way of every query: a whole request, posted as JSON.
 * Taken from the server before the servlet layers get it, which would do nothing for it.
 */
final class JsonPosts extends Handler.Wrapper {
  private static final Logger LOG = LoggerFactory.getLogger(JsonPosts.class);
  private static final HttpField JSON =
      new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, MimeTypes.Type.APPLICATION_JSON.asString());

  private final RemoteBackend backend;
  private final BackendPath path;
  private final Function<String, Session> sessions;
  private final Patience patience;

  /**
   * @param sessions by the number of a connection
   */
  JsonPosts(
      RemoteBackend backend,
      BackendPath path,
      Function<String, Session> sessions,
      Patience patience) {
    this.backend = backend;
    this.path = path;
    this.sessions = sessions;
    this.patience = patience;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    if (!HttpMethod.POST.is(request.getMethod()) || !path.is(request.getHttpURI().getPath())) {
      return super.handle(request, response, callback);
    }
    if (!isJson(request.getHeaders().get(HttpHeader.CONTENT_TYPE))) {
      Response.writeError(
          request,
          response,
          callback,
          HttpStatus.UNSUPPORTED_MEDIA_TYPE_415,
          "JSON is sent as text/javascript, as PowerDNS does, or as application/json");
      return true;
    }
    Content.Chunk first = request.read();
    if (first != null && first.remaining() == request.getLength()) {
      answer(bytes(first), request, response, callback);
    } else {
      patience.during(request, callback, ended -> answerLater(first, request, response, ended));
    }
    return true;
  }

  /** What no web page can have a browser send without asking first. */
  private static boolean isJson(String type) {
    return type != null
        && (type.startsWith("text/javascript") || type.startsWith("application/json"));
  }

  private void answerLater(
      Content.Chunk first, Request request, Response response, Callback callback) {
    byte[] body;
    try {
      body = rest(first, request);
    } catch (IOException e) {
      LOG.debug("a request broke off: {}", e.toString());
      int status = isTimeout(e) ? HttpStatus.REQUEST_TIMEOUT_408 : HttpStatus.BAD_REQUEST_400;
      Response.writeError(request, response, callback, status);
      return;
    }
    if (body.length > HttpListener.MAX_REQUEST_BYTES) {
      Response.writeError(request, response, callback, HttpStatus.PAYLOAD_TOO_LARGE_413);
    } else {
      answer(body, request, response, callback);
    }
  }

  private static boolean isTimeout(Throwable failure) {
    return failure instanceof TimeoutException
        || (failure.getCause() != null && isTimeout(failure.getCause()));
  }

  private static byte[] bytes(Content.Chunk chunk) {
    byte[] bytes = new byte[chunk.remaining()];
    chunk.getByteBuffer().get(bytes);
    chunk.release();
    return bytes;
  }

  /** More than the limit by a byte at most; waits for it. */
  private static byte[] rest(Content.Chunk first, Request request) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    if (first != null) {
      if (Content.Chunk.isFailure(first)) {
        throw new IOException(first.getFailure());
      }
      body.write(bytes(first));
    }
    if (first == null || !first.isLast()) {
      InputStream more = Content.Source.asInputStream(request);
      body.write(more.readNBytes(Math.max(0, HttpListener.MAX_REQUEST_BYTES + 1 - body.size())));
    }
    return body.toByteArray();
  }

  private void answer(byte[] body, Request request, Response response, Callback callback) {
    Session session = sessions.apply(request.getConnectionMetaData().getId());
    Reply reply = backend.answer(() -> RequestParser.request(body, 0, body.length), session);
    response.setStatus(HttpBackend.status(reply.outcome()));
    response.getHeaders().put(JSON);
    if (reply instanceof Reply.Ready ready) {
      response.write(true, ByteBuffer.wrap(ready.bytes()), callback);
      return;
    }
    patience.during(request, callback, ended -> stream(reply, request, response, ended));
  }

  private static void stream(Reply reply, Request request, Response response, Callback callback)
      throws IOException {
    try (OutputStream out = Response.asBufferedOutputStream(request, response)) {
      reply.writeTo(out);
    }
    callback.succeeded();
  }
}
