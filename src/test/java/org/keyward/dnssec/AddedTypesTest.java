package org.keyward.dnssec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.HexFormat;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** The examples of the RFCs that define the types, in both forms. */
class AddedTypesTest {
  private static final Name OWNER = Name.fromConstantString("a.example.com.");

  @BeforeAll
  static void register() {
    AddedTypes.register();
  }

  @ParameterizedTest
  @CsvSource({
    "EUI48, 00-00-5e-00-53-2a, 00005e00532a",
    "EUI64, 00-00-5e-ef-10-00-00-2a, 00005eef1000002a",
    "NID, 10 0014:4fff:ff20:ee64, 000a00144fffff20ee64",
    "L32, 10 10.1.2.0, 000a0a010200",
    "L64, 10 2001:0db8:1140:1000, 000a20010db811401000",
    "LP, 10 L64.Example., 000a034c3634074578616d706c6500",
    "CSYNC, 66 3 A NS AAAA, 000000420003000460000008",
    "CSYNC, 0 0, 000000000000",
    "RKEY, 0 255 8 AQID, 0000ff08010203"
  })
  void bothFormsAreRead(String type, String text, String wire) throws IOException {
    int number = Type.value(type);
    byte[] data = HexFormat.of().parseHex(wire);
    Record read = Record.fromString(OWNER, number, DClass.IN, 60, text, Name.root);
    assertThat(read.rdataToWireCanonical()).isEqualTo(data);
    assertThat(read.rdataToString()).isEqualTo(text);
    Record received = Record.newRecord(OWNER, number, DClass.IN, 60, data);
    assertThat(received).isEqualTo(read);
    assertThat(received.rdataToString()).isEqualTo(text);
    assertThat(read.toString().toLowerCase(Locale.ROOT)).contains(type.toLowerCase(Locale.ROOT));
  }

  @ParameterizedTest
  @CsvSource({
    "EUI48, 00-00-5e-00-53",
    "EUI48, 00:00:5e:00:53:2a",
    "EUI64, 00-00-5e-00-53-2a",
    "NID, 10 14:4fff:ff20",
    "NID, 10 14:4fff:ff20:ee640",
    "L32, 10 2001:db8::1",
    "LP, 10 a b",
    "CSYNC, 66 3 NOSUCHTYPE",
    "RKEY, 0 255 8 ?"
  })
  void whatIsNoSuchRecordIsRefused(String type, String text) {
    assertThatThrownBy(
            () -> Record.fromString(OWNER, Type.value(type), DClass.IN, 60, text, Name.root))
        .isInstanceOf(IOException.class);
  }

  /** As dig and named print them. */
  @Test
  void locatorsMayBeWrittenWithoutLeadingZeros() throws IOException {
    assertThat(
            Record.fromString(OWNER, Type.NID, DClass.IN, 60, "10 14:4fff:ff20:ee64", Name.root)
                .rdataToString())
        .isEqualTo("10 0014:4fff:ff20:ee64");
  }

  @ParameterizedTest
  @CsvSource({"EUI48, 00", "CSYNC, 00", "LP, 000a03", "CSYNC, 00000042000300"})
  void cutDataAreRefused(String type, String wire) {
    assertThat(
            Record.newRecord(OWNER, Type.value(type), DClass.IN, 60, HexFormat.of().parseHex(wire)))
        .isNull();
  }
}
