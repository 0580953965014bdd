package org.keyward.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code backend.writes: false}. */
class SwitchedOffWritesTest {
  private final FakeWriter writer = new FakeWriter();
  private final Writing off = new Writing(writer, writer, writer, TransactionLimits.DEFAULT, false);
  private final RemoteBackend backend =
      new RemoteBackend(
          FakeZones.forProtocol(), off, "test", new SimpleMeterRegistry(), Clock.systemUTC());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'startTransaction','parameters':{'domain_id':-1,'domain':'example.com.','trxid':1}",
        "'replaceRRSet','parameters':{'domain_id':1,'qname':'a.example.com.','qtype':'A','rrset':[],'trxid':1}",
        "'setDomainMetadata','parameters':{'name':'example.com.','kind':'ALLOW-AXFR-FROM','value':['::/0']}",
        "'addDomainKey','parameters':{'name':'example.com.','key':{'flags':257,'active':true,'content':'x'}}",
        "'removeDomainKey','parameters':{'name':'example.com.','id':1}",
        "'setTSIGKey','parameters':{'name':'k.','algorithm':'hmac-md5.','content':'x'}",
        "'deleteTSIGKey','parameters':{'name':'k.'}",
        "'superMasterBackend','parameters':{'ip':'192.0.2.1','domain':'new.example.','nsset':[]}",
        "'createSlaveDomain','parameters':{'ip':'192.0.2.1','domain':'new.example.'}",
        "'setFresh','parameters':{'id':1}"
      })
  void nothingIsWritten(String call) throws Exception {
    assertThat(ask(call)).contains("\"result\":false", "backend.writes is false");
    assertThat(writer.lines).isEmpty();
  }

  @Test
  void aPrimaryGoesOnToNotify() throws Exception {
    assertThat(ask("'setNotified','parameters':{'id':1,'serial':2}")).contains("true");
    assertThat(ask("'getUpdatedMasters','parameters':{}")).doesNotContain("backend.writes");
  }

  @Test
  void whatIsNoMethodIsStillNone() throws Exception {
    assertThat(ask("'makeCoffee','parameters':{}")).contains("false").doesNotContain("writes");
  }

  private String ask(String call) throws Exception {
    byte[] bytes = ("{'method':" + call + "}").replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    try (Session session = backend.session(true, Contact.Way.PIPE)) {
      Reply reply = backend.answer(() -> RequestParser.request(bytes, 0, bytes.length), session);
      java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
      reply.writeTo(out);
      return out.toString(StandardCharsets.UTF_8);
    }
  }
}
