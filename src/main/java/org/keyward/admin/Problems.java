package org.keyward.admin;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import org.keyward.http.ProblemPages;
import org.keyward.zone.RefusedChangeException;
import org.keyward.zone.ZoneStorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What went wrong, as a problem document (RFC 9457). */
final class Problems {
  static final String MEDIA_TYPE = ProblemPages.MEDIA_TYPE;
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
    if (failure instanceof RefusedChangeException refused) {
      return switch (refused.fault()) {
        case WRONG -> HttpStatus.BAD_REQUEST;
        case CONFLICT -> HttpStatus.CONFLICT;
        case MISSING -> HttpStatus.NOT_FOUND;
        case OUTDATED -> HttpStatus.PRECONDITION_FAILED;
      };
    }
    if (failure instanceof NoSuchThingException) {
      return HttpStatus.NOT_FOUND;
    }
    if (failure instanceof ConflictException) {
      return HttpStatus.CONFLICT;
    }
    if (failure instanceof TooLargeException) {
      return HttpStatus.CONTENT_TOO_LARGE;
    }
    if (failure instanceof NotJsonException) {
      return HttpStatus.UNSUPPORTED_MEDIA_TYPE;
    }
    if (failure instanceof IllegalArgumentException) {
      return HttpStatus.BAD_REQUEST;
    }
    return failure instanceof ZoneStorageException
        ? HttpStatus.SERVICE_UNAVAILABLE
        : HttpStatus.INTERNAL_SERVER_ERROR;
  }

  private static String message(Exception failure) {
    if (failure instanceof RefusedChangeException refused) {
      return refused.reason();
    }
    String message = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    return message.contains("permission denied")
        ? message + "; GRANT keyward_admin to the database login of this server"
        : message;
  }

  static void reply(Context context, HttpStatus status, String detail) {
    context
        .status(status)
        .contentType(MEDIA_TYPE)
        .result(ProblemPages.document(status.getCode(), detail));
  }
}
