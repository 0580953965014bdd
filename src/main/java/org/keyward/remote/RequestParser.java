package org.keyward.remote;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads requests in JSON, token by token: this is on the way of every query. */
final class RequestParser {
  private static final int MAX_NESTING = 16;
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(MAX_NESTING).build())
          .build();

  private RequestParser() {}

  /**
   * A whole request: {@code {"method":…,"parameters":{…}}}. Bytes that are no UTF-8, as PowerDNS
   * sends in the salt of {@code feedEnts3}, are read as a character each.
   */
  static Request request(byte[] bytes, int offset, int length) {
    try (JsonParser json = JSON.createParser(bytes, offset, length)) {
      return request(json);
    } catch (JsonProcessingException e) {
      if (isUtf8(bytes, offset, length)) {
        throw malformed(e);
      }
      return latin1(new String(bytes, offset, length, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isUtf8(byte[] bytes, int offset, int length) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, offset, length));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private static Request latin1(String text) {
    try (JsonParser json = JSON.createParser(text)) {
      return request(json);
    } catch (JsonProcessingException e) {
      throw malformed(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Request request(JsonParser json) throws IOException {
    expectObject(json.nextToken(), "the request");
    String method = null;
    Map<String, Object> parameters = Map.of();
    for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
      JsonToken value = json.nextToken();
      if (key.equals("method")) {
        method = value == JsonToken.VALUE_STRING ? json.getText() : null;
      }
      if (key.equals("parameters") && value != JsonToken.VALUE_NULL) {
        expectObject(value, "'parameters'");
        parameters = members(json);
      } else {
        json.skipChildren();
      }
    }
    expectEnd(json);
    if (method == null) {
      throw new MalformedRequestException("the request has no 'method'");
    }
    return new Request(method, new Parameters(parameters));
  }

  /** The parameters alone, as the form field {@code parameters} has them. */
  static Parameters parameters(String text) {
    try (JsonParser json = JSON.createParser(text)) {
      expectObject(json.nextToken(), "'parameters'");
      Map<String, Object> parameters = members(json);
      expectEnd(json);
      return new Parameters(parameters);
    } catch (JsonProcessingException e) {
      throw malformed(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Scalars are text, objects are maps, arrays are lists; what is null is left out. */
  private static Map<String, Object> members(JsonParser json) throws IOException {
    Map<String, Object> members = new HashMap<>();
    for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
      JsonToken value = json.nextToken();
      if (value != JsonToken.VALUE_NULL) {
        members.put(key, value(json, value));
      }
    }
    return members;
  }

  private static Object value(JsonParser json, JsonToken token) throws IOException {
    return switch (token) {
      case START_OBJECT -> members(json);
      case START_ARRAY -> elements(json);
      default -> json.getText();
    };
  }

  private static List<Object> elements(JsonParser json) throws IOException {
    List<Object> elements = new ArrayList<>();
    for (JsonToken e = json.nextToken(); e != JsonToken.END_ARRAY; e = json.nextToken()) {
      if (e == JsonToken.VALUE_NULL) {
        throw new MalformedRequestException("an array has a null in it");
      }
      elements.add(value(json, e));
    }
    return elements;
  }

  private static void expectObject(JsonToken token, String what) {
    if (token != JsonToken.START_OBJECT) {
      throw new MalformedRequestException(what + " is no JSON object");
    }
  }

  private static void expectEnd(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.END_OBJECT || json.nextToken() != null) {
      throw new MalformedRequestException("there is more after the end of the JSON object");
    }
  }

  /** Says where, and not what: a request may carry a PIN or a key. */
  private static MalformedRequestException malformed(JsonProcessingException e) {
    // A broken limit has no location.
    JsonLocation where = e.getLocation();
    return new MalformedRequestException(
        where == null
            ? "the request is nested too deeply, or a value in it is too long"
            : "the request is no JSON from column " + where.getColumnNr() + " on");
  }
}
