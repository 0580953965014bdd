package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Name;

/** The calls that PowerDNS was seen to make, one question after the other. */
class QuestionCallsTest {
  private static final Name ZONE = Name.fromConstantString("example.com.");

  /**
   * A dot is the apex, a name one below it; with ! as the client's; N(x) asks for neighbours and is
   * told that x is before; [ is where a question begins, ? a signature or a begin, + the signature
   * of an SOA or a begin. In front of a name is the type, unless it is ANY.
   */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "4.7 denial, [. no! no! *! N(sip) sip N(.) . ?. sip ?. +. no! no! *!",
    "4.9 denial, [. no! no! *! N(sip) sip N(.) . .! sip! .! [. no! no! *!",
    "4.7 no data, [. mail! mail! N(mail) mail ?. mail [. mail!",
    "4.9 no data, [. mail! mail! N(mail) mail .! mail! [. mail!",
    "4.7 address, [. mail! mail! mail [. mail! mail! mail [. no!",
    "4.9 address, [. mail! mail! mail! [. mail! mail! mail!",
    "4.7 at the apex, [. .! ?. +. .! ?.",
    "4.7 at the apex without signatures, [. .! ?. .! ?. .! ?. no! no! *! [.",
    "4.9 no data at the apex, [. .! N(.) . .! .! [. .!",
    "4.7 SOA with signature, [. +. +. +. +. no!",
    "4.7 SOA without signature, [. +. no! no! *! [. +.",
    "4.7 wildcard, [. x.wild! x.wild! *.wild! N(*.wild) *.wild *.wild *.wild ?. +. +. no!",
    "4.9 SOA with signature, [. .! ?. .! ?. .!",
    "4.7 denial by type, [SOA/. NS/no! no! *! DNAME/no! DNAME/.! N(ns) ns N(.) . RRSIG/. RRSIG/ns RRSIG/. [SOA/. NS/www!",
    "4.7 address by type, [SOA/. NS/www! www! RRSIG/www [SOA/. .! RRSIG/. [SOA/. NS/no!",
    "4.7 SOA by type, [SOA/. RRSIG/. [SOA/. [SOA/. RRSIG/. [SOA/. NS/www!",
  })
  void aQuestionBeginsWherePowerDnsBeginsOne(String what, String calls) {
    QuestionCalls question = new QuestionCalls();
    StringBuilder found = new StringBuilder();
    boolean mayHaveBegun = false;
    for (String call : calls.split(" ")) {
      String bare = call.replaceAll("[?+\\[]", "");
      if (mayHaveBegun && bare.endsWith("!")) {
        question.forget();
      }
      String mark = mark(place(question, bare, false));
      mayHaveBegun = mark.matches("[?+]");
      found.append(mark).append(bare).append(' ');
    }
    assertThat(found.toString().strip()).isEqualTo(calls);
  }

  private static String mark(QuestionCalls.Place place) {
    return switch (place) {
      case BEGIN -> "[";
      case SIGNATURE_OR_BEGIN -> "?";
      case SOA_SIGNATURE_OR_BEGIN -> "+";
      case WITHIN -> "";
    };
  }

  /** A client that wants no signatures leaves those that were expected unasked for. */
  @ParameterizedTest
  @ValueSource(strings = {". .!", ".", ". no! no! *!"})
  void afterARestAQuestionBegins(String calls) {
    QuestionCalls question = new QuestionCalls();
    for (String call : calls.split(" ")) {
      place(question, call, false);
    }
    assertThat(place(question, ".", true)).isEqualTo(QuestionCalls.Place.BEGIN);
  }

  @Test
  void theTypesOfADenialRecordAreOfItsQuestionAfterARestToo() {
    QuestionCalls question = new QuestionCalls();
    place(question, ".", false);
    place(question, "N(.)", false);
    assertThat(place(question, ".", true)).isEqualTo(QuestionCalls.Place.WITHIN);
  }

  private static QuestionCalls.Place place(QuestionCalls question, String call, boolean rested) {
    if (call.startsWith("N(")) {
      question.neighbours(ZONE, name(call.substring(2, call.length() - 1)));
      return QuestionCalls.Place.WITHIN;
    }
    int slash = call.indexOf('/');
    String type = slash < 0 ? "ANY" : call.substring(0, slash);
    Name name = name(call.substring(slash + 1).replace("!", ""));
    return question.lookup(
        new Lookup(name, type, 1, call.endsWith("!")), name.equals(ZONE), rested);
  }

  private static Name name(String relative) {
    return relative.equals(".") ? ZONE : Name.fromConstantString(relative + ".example.com.");
  }
}
