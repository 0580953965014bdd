package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RequestParserTest {
  private static Parameters parse(String json) {
    byte[] bytes = json.getBytes(StandardCharsets.ISO_8859_1);
    return RequestParser.request(bytes, 0, bytes.length).parameters();
  }

  @Test
  void nestedParametersArrive() {
    Parameters parameters =
        parse(
            "{\"method\":\"m\",\"parameters\":{\"trxid\":1763990000,\"rr\":{\"auth\":true,"
                + "\"ordername\":null,\"ttl\":60},\"rrset\":[{\"content\":\"x\"},{}],\"value\":[\"a\",\"b\"]}}");
    assertThat(parameters.largeNumber("trxid")).isEqualTo(1763990000L);
    assertThat(parameters.object("rr").flag("auth", false)).isTrue();
    assertThat(parameters.object("rr").has("ordername")).isFalse();
    assertThat(parameters.object("rr").number("ttl")).isEqualTo(60);
    assertThat(parameters.objects("rrset")).hasSize(2);
    assertThat(parameters.objects("rrset").get(0).text("content")).isEqualTo("x");
    assertThat(parameters.texts("value")).containsExactly("a", "b");
    assertThat(parameters.texts("absent")).isEmpty();
  }

  /** The salt of {@code feedEnts3} as PowerDNS sends it: bytes, not text. */
  @Test
  void bytesThatAreNoUtf8AreAccepted() {
    Parameters parameters =
        parse("{\"method\":\"feedEnts3\",\"parameters\":{\"salt\":\"\u00ab\u00cd\",\"times\":1}}");
    assertThat(parameters.text("salt")).isEqualTo("\u00ab\u00cd");
    assertThat(parameters.number("times")).isEqualTo(1);
  }

  @Test
  void brokenJsonWithSuchBytesIsStillMalformed() {
    assertThatThrownBy(() -> parse("{\"method\":\"feedEnts3\",\"parameters\":{\"salt\":\"\u00ab"))
        .isInstanceOf(MalformedRequestException.class);
  }

  @Test
  void aParameterOfTheWrongShapeIsNamed() {
    Parameters parameters = new Parameters(Map.of("rr", "text", "name", List.of()));
    assertThatThrownBy(() -> parameters.object("rr")).hasMessageContaining("'rr' is no object");
    assertThatThrownBy(() -> parameters.text("name")).hasMessageContaining("'name'");
    assertThatThrownBy(() -> parameters.texts("rr")).hasMessageContaining("'rr' is no array");
  }

  @Test
  void whatAParameterSaysIsNotPrinted() {
    assertThat(new Parameters(Map.of("content", "PIN: 1234")).toString()).doesNotContain("1234");
  }

  /** As PowerDNS 4.7 writes them, whose boolean members have no name. */
  @Test
  void formsHaveObjectsAndArrays() {
    Parameters form =
        new Parameters(
            FormMembers.parse(
                "1&rr[content]=10%20mail&rr[ttl]=60&rrset[0][ttl]=1&rrset[1][ttl]=2"
                    + "&value[]=a&value[]=b&serial=12.000000"));
    assertThat(form.object("rr").text("content")).isEqualTo("10 mail");
    assertThat(form.objects("rrset")).extracting(e -> e.number("ttl")).containsExactly(1, 2);
    assertThat(form.texts("value")).containsExactly("a", "b");
    assertThat(form.largeNumber("serial")).isEqualTo(12);
  }
}
