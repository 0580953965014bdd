package org.keyward.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/**
 * What the server itself has to say of a request that gets no further, as a problem document (RFC
 * 9457): nothing of the request is in it, nor of what went wrong inside.
 */
public final class ProblemPages extends ErrorHandler {
  /** Of a problem document. */
  public static final String MEDIA_TYPE = "application/problem+json";

  private static final JsonMapper JSON = new JsonMapper();

  /** The document. */
  public static byte[] document(int status, String detail) {
    Map<String, Object> problem = new LinkedHashMap<>();
    problem.put("type", "about:blank");
    problem.put("title", HttpStatus.getMessage(status));
    problem.put("status", status);
    problem.put("detail", detail);
    try {
      return JSON.writeValueAsBytes(problem);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a problem cannot be written as JSON", e);
    }
  }

  @Override
  public boolean errorPageForMethod(String method) {
    return true;
  }

  @Override
  protected void generateResponse(
      Request request,
      Response response,
      int status,
      String message,
      Throwable cause,
      Callback callback) {
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, MEDIA_TYPE);
    byte[] document = document(status, detail(status, cause == null ? message : null));
    Content.Sink.write(response, true, new String(document, StandardCharsets.UTF_8), callback);
  }

  private static String detail(int status, String message) {
    if (message != null) {
      return message;
    }
    return status < HttpStatus.INTERNAL_SERVER_ERROR_500
        ? "the request cannot be read as it was sent"
        : "the log of this server says more";
  }
}
