package org.keyward.admin;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What went wrong, as a problem document (RFC 9457). */
final class Problems {
  static final String MEDIA_TYPE = "application/problem+json";
  private static final Logger log = LoggerFactory.getLogger(Problems.class);

  private Problems() {}

  static void reply(Context context, Exception failure) {
    HttpStatus status = status(failure);
    if (status == HttpStatus.INTERNAL_SERVER_ERROR) {
      log.error("{} {} failed", context.method(), context.path(), failure);
      reply(context, status, "the log of this server says more");
    } else {
      reply(context, status, message(failure));
    }
  }

  private static HttpStatus status(Exception failure) {
    if (failure instanceof NoSuchThingException) {
      return HttpStatus.NOT_FOUND;
    }
    if (failure instanceof ConflictException) {
      return HttpStatus.CONFLICT;
    }
    if (failure instanceof TooLargeException) {
      return HttpStatus.CONTENT_TOO_LARGE;
    }
    if (failure instanceof IllegalArgumentException) {
      return HttpStatus.BAD_REQUEST;
    }
    return failure instanceof ZoneStorageException
        ? HttpStatus.SERVICE_UNAVAILABLE
        : HttpStatus.INTERNAL_SERVER_ERROR;
  }

  private static String message(Exception failure) {
    String message = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    return message.contains("permission denied")
        ? message + "; GRANT keyward_admin to the database login of this server"
        : message;
  }

  static void reply(Context context, HttpStatus status, String detail) {
    Map<String, Object> problem = new LinkedHashMap<>();
    problem.put("type", "about:blank");
    problem.put("title", status.getMessage());
    problem.put("status", status.getCode());
    problem.put("detail", detail);
    try {
      context.status(status).contentType(MEDIA_TYPE).result(Call.JSON.writeValueAsBytes(problem));
    } catch (IOException e) {
      throw new IllegalStateException("a problem cannot be written as JSON", e);
    }
  }
}
