package org.keyward.remote;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
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

  /** A whole request: {@code {"method":…,"parameters":{…}}}. */
  static Request request(byte[] bytes, int offset, int length) {
    try (JsonParser json = JSON.createParser(bytes, offset, length)) {
      expectObject(json.nextToken(), "the request");
      String method = null;
      Map<String, String> parameters = Map.of();
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
    } catch (JsonProcessingException e) {
      throw malformed(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The parameters alone, as the form field {@code parameters} has them. */
  static Parameters parameters(String text) {
    try (JsonParser json = JSON.createParser(text)) {
      expectObject(json.nextToken(), "'parameters'");
      Map<String, String> parameters = members(json);
      expectEnd(json);
      return new Parameters(parameters);
    } catch (JsonProcessingException e) {
      throw malformed(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Scalars as text; the reading methods have no other parameters. */
  private static Map<String, String> members(JsonParser json) throws IOException {
    Map<String, String> members = new HashMap<>();
    for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
      JsonToken value = json.nextToken();
      if (value.isScalarValue() && value != JsonToken.VALUE_NULL) {
        members.put(key, json.getText());
      } else {
        json.skipChildren();
      }
    }
    return members;
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
