package org.keyward.powerdns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import org.keyward.config.ListenAddress;
import org.keyward.dnssec.ReceivedAnswer;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Asks one name server, and gives its answers as they came. */
final class DnsOverTcp implements AutoCloseable {
  private static final int BUFFER = 65_535;

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;

  DnsOverTcp(ListenAddress server, Duration timeout) throws IOException {
    socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(server.host(), server.port()), (int) timeout.toMillis());
      socket.setSoTimeout((int) timeout.toMillis());
      in = new DataInputStream(socket.getInputStream());
      out = new DataOutputStream(socket.getOutputStream());
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** The answer, with its signatures. */
  ReceivedAnswer ask(Name name, int type) throws IOException {
    Message question = Message.newQuery(Record.newRecord(name, type, DClass.IN));
    question.getHeader().unsetFlag(Flags.RD);
    question.addRecord(new OPTRecord(BUFFER, 0, 0, ExtendedFlags.DO), Section.ADDITIONAL);
    byte[] wire = question.toWire();
    out.writeShort(wire.length);
    out.write(wire);
    out.flush();
    byte[] answer = new byte[in.readUnsignedShort()];
    in.readFully(answer);
    return new ReceivedAnswer(answer);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
