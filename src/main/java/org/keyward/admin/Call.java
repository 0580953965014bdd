package org.keyward.admin;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.keyward.audit.Actor;
import org.keyward.dnssec.NameText;
import org.keyward.zone.GivenName;
import org.xbill.DNS.Name;

/** One call of the API by the bearer of a token: reads its parts, writes the reply. */
final class Call {
  static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .defaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL))
          .addModule(texts())
          .build();

  private static final int MAX_JSON_BYTES = 64 << 10;
  private static final Pattern ESCAPE = Pattern.compile("=([0-9A-Fa-f]{2})");

  private final Context context;
  private final ApiToken bearer;

  Call(Context context, ApiToken bearer) {
    this.context = context;
    this.bearer = bearer;
  }

  /** These read better as text. */
  private static SimpleModule texts() {
    return new SimpleModule()
        .addDeserializer(String.class, new PlainText())
        .addSerializer(Name.class, new NameSerializer())
        .addSerializer(Instant.class, ToStringSerializer.instance);
  }

  ApiToken bearer() {
    return bearer;
  }

  String actor() {
    return Actor.apiToken(bearer.name());
  }

  /**
   * The zone in the path, in which {@code =2E} and the like stand for bytes that a path cannot
   * have, as in PowerDNS's own API.
   */
  Name zone() {
    return name(unescaped("zone"));
  }

  /** A part of the path that is text of somebody else's, with the same escapes. */
  String unescaped(String name) {
    Matcher matcher = ESCAPE.matcher(plain(name, context.pathParam(name)));
    return matcher.replaceAll(
        found ->
            Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(found.group(1), 16))));
  }

  /**
   * The serials of which one must be the zone's: what {@code If-Match} says. Empty when whatever is
   * there may be changed; a set of none when what it says can be no serial of ours.
   */
  Optional<Set<Long>> serials() {
    String header = context.header("If-Match");
    if (header == null || header.strip().equals("*")) {
      return Optional.empty();
    }
    return Optional.of(
        Arrays.stream(header.split(","))
            .map(String::strip)
            .filter(tag -> tag.matches("\"\\d{1,10}\""))
            .map(tag -> Long.valueOf(tag.substring(1, tag.length() - 1)))
            .collect(Collectors.toSet()));
  }

  /** The state of the zone that the reply is of; for {@code If-Match}. */
  void tag(long serial) {
    context.header("ETag", "\"" + serial + "\"");
  }

  /** The path of a zone, in the same form. */
  static String path(Name zone) {
    return "/zones/" + (zone.equals(Name.root) ? "=2E" : NameText.of(zone).replace("/", "=2F"));
  }

  static Name name(String text) {
    if (text == null) {
      throw new IllegalArgumentException("a domain name is missing");
    }
    return GivenName.parse(text);
  }

  /** A part of the path that is a name of ours. */
  String word(String name) {
    return plain(name, context.pathParam(name));
  }

  long number(String name) {
    return number(name, context.pathParam(name));
  }

  private static long number(String name, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + ": '" + text + "' is not a number", e);
    }
  }

  /** A query parameter; empty text counts as none. */
  Optional<String> query(String name) {
    return Optional.ofNullable(context.queryParam(name))
        .filter(text -> !text.isEmpty())
        .map(text -> plain(name, text));
  }

  private static String plain(String name, String text) {
    PlainText.fault(text)
        .ifPresent(
            fault -> {
              throw new IllegalArgumentException(name + ": " + fault);
            });
    return text;
  }

  /** A query parameter that is true or false; without it false. */
  boolean flag(String name) {
    return query(name)
        .map(
            text ->
                switch (text) {
                  case "true" -> true;
                  case "false" -> false;
                  default -> throw new IllegalArgumentException(name + " is true or false");
                })
        .orElse(false);
  }

  boolean isDryRun() {
    return flag(Route.DRY_RUN);
  }

  /** What would happen; nothing has. */
  void replyDryRun(String outcome) throws IOException {
    replyDryRun(Map.of("outcome", outcome));
  }

  void replyDryRun(Map<String, Object> outcome) throws IOException {
    context.status(HttpStatus.OK);
    reply(outcome);
  }

  Optional<Long> queryNumber(String name) {
    return query(name).map(text -> number(name, text));
  }

  /** How many rows to answer with. */
  int limit(int standard, int most) {
    long limit = queryNumber("limit").orElse((long) standard);
    if (limit < 1 || limit > most) {
      throw new IllegalArgumentException("limit must be from 1 to " + most);
    }
    return (int) limit;
  }

  /** The JSON that was sent. */
  <T> T body(Class<T> type) throws IOException {
    String said = String.valueOf(context.contentType()).strip().toLowerCase(Locale.ROOT);
    if (!said.matches("application/json(\\s*;.*)?")) {
      throw new NotJsonException();
    }
    try {
      T body = JSON.readValue(bytes(MAX_JSON_BYTES), type);
      if (body == null) {
        throw new IllegalArgumentException("the body must be a JSON object");
      }
      return body;
    } catch (UnrecognizedPropertyException e) {
      throw new IllegalArgumentException(
          "the body has the unknown field '"
              + e.getPropertyName()
              + "'; known are "
              + e.getKnownPropertyIds().stream()
                  .map(Object::toString)
                  .sorted()
                  .collect(Collectors.joining(", ")));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("the body is not as described: " + e.getOriginalMessage());
    }
  }

  /** What was sent, of a limited size, whatever its header says of that. */
  InputStream content(int most) throws IOException {
    return new ByteArrayInputStream(bytes(most));
  }

  private byte[] bytes(int most) throws IOException {
    byte[] bytes;
    try {
      bytes = context.bodyInputStream().readNBytes(most + 1);
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException("the body broke off, or is not as its headers say", e);
    }
    if (bytes.length > most) {
      throw new TooLargeException(most);
    }
    return bytes;
  }

  void reply(Object body) throws IOException {
    context.contentType("application/json").result(JSON.writeValueAsBytes(body));
  }

  /** Done, nothing to say. */
  void replyNothing() {
    context.status(HttpStatus.NO_CONTENT);
  }

  /** Begun: {@code location} tells how it goes on. */
  void replyAccepted(String location, Object body) throws IOException {
    context.status(HttpStatus.ACCEPTED).header("Location", AdminApi.PREFIX + location);
    reply(body);
  }

  void replyCreated(String location, Object body) throws IOException {
    context.status(HttpStatus.CREATED).header("Location", AdminApi.PREFIX + location);
    reply(body);
  }

  /** For a reply that may be too long to be kept in memory. */
  PrintWriter writer(String mediaType) throws IOException {
    context.contentType(mediaType + ";charset=utf-8");
    return new PrintWriter(
        new OutputStreamWriter(context.res().getOutputStream(), StandardCharsets.UTF_8));
  }
}
