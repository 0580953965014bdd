package org.keyward.remote;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSInput;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Asks one server and takes answers apart without understanding their data. */
final class RawDns implements AutoCloseable {
  private static final int HEADER = 12;
  private static final int SOA = 6;
  private static final int AXFR = 252;
  private final DatagramSocket socket;

  /** A record, its data without compression. */
  record Rr(Name owner, int type, long ttl, byte[] data) {}

  /** Records of all sections but the OPT. */
  record Answer(int rcode, List<Rr> records) {}

  RawDns(int port) throws IOException {
    socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    socket.connect(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(3_000);
  }

  Answer ask(Name name, int type) throws IOException {
    Message question = Message.newQuery(Record.newRecord(name, type, DClass.IN));
    question.addRecord(new OPTRecord(4_096, 0, 0, Flags.DO), Section.ADDITIONAL);
    byte[] bytes = question.toWire();
    byte[] answer = datagram(bytes);
    boolean truncated = (answer[2] & 2) != 0;
    return parse(truncated ? stream(bytes) : answer);
  }

  private byte[] datagram(byte[] question) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
    for (int attempt = 0; attempt < 5; attempt++) {
      socket.send(new DatagramPacket(question, question.length));
      try {
        do {
          socket.receive(packet);
        } while (packet.getData()[0] != question[0] || packet.getData()[1] != question[1]);
        return Arrays.copyOf(packet.getData(), packet.getLength());
      } catch (SocketTimeoutException e) {
        // Asked again.
      }
    }
    throw new IOException("no answer");
  }

  private byte[] stream(byte[] question) throws IOException {
    try (Socket tcp = new Socket(InetAddress.getLoopbackAddress(), socket.getPort())) {
      tcp.setSoTimeout(10_000);
      ByteBuffer out = ByteBuffer.allocate(question.length + 2);
      out.putShort((short) question.length).put(question);
      tcp.getOutputStream().write(out.array());
      DataInputStream in = new DataInputStream(tcp.getInputStream());
      byte[] answer = new byte[in.readUnsignedShort()];
      in.readFully(answer);
      return answer;
    }
  }

  /** All records of a transfer, to its last one; fails when it ends before. */
  List<Rr> transfer(Name zone) throws IOException {
    byte[] question = Message.newQuery(Record.newRecord(zone, AXFR, DClass.IN)).toWire();
    List<Rr> all = new ArrayList<>();
    try (Socket tcp = new Socket(InetAddress.getLoopbackAddress(), socket.getPort())) {
      tcp.setSoTimeout(30_000);
      ByteBuffer out = ByteBuffer.allocate(question.length + 2);
      out.putShort((short) question.length).put(question);
      tcp.getOutputStream().write(out.array());
      DataInputStream in = new DataInputStream(tcp.getInputStream());
      long begun = 0;
      while (begun < 2) {
        byte[] message = new byte[in.readUnsignedShort()];
        in.readFully(message);
        all.addAll(parse(message).records());
        begun = all.stream().filter(rr -> rr.type() == SOA && rr.owner().equals(zone)).count();
      }
    }
    return all;
  }

  static Answer parse(byte[] message) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(message);
    int rcode = message[3] & 0xf;
    int questions = in.getShort(4);
    int records = in.getShort(6) + in.getShort(8) + in.getShort(10);
    in.position(HEADER);
    for (int i = 0; i < questions; i++) {
      name(in);
      in.getInt();
    }
    List<Rr> all = new ArrayList<>();
    for (int i = 0; i < records; i++) {
      Name owner = new Name(new DNSInput(name(in)));
      int type = in.getShort() & 0xffff;
      in.getShort();
      long ttl = in.getInt() & 0xffffffffL;
      int length = in.getShort() & 0xffff;
      int end = in.position() + length;
      if (type != org.xbill.DNS.Type.OPT) {
        all.add(new Rr(owner, type, ttl, data(in, type, end)));
      }
      in.position(end);
    }
    return new Answer(rcode, all);
  }

  /** Only the types of RFC 1035 are compressed. */
  private static byte[] data(ByteBuffer in, int type, int end) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    int names =
        switch (type) {
          case 2, 5, 7, 8, 9, 12 -> 1;
          case 6, 14 -> 2;
          case 15 -> {
            data.write(in.get());
            data.write(in.get());
            yield 1;
          }
          default -> 0;
        };
    for (int i = 0; i < names; i++) {
      data.write(name(in));
    }
    while (in.position() < end) {
      data.write(in.get());
    }
    return data.toByteArray();
  }

  private static byte[] name(ByteBuffer in) {
    ByteArrayOutputStream name = new ByteArrayOutputStream();
    int back = -1;
    for (int length = in.get() & 0xff; length > 0; length = in.get() & 0xff) {
      if (length >= 0xc0) {
        int to = (length & 0x3f) << 8 | (in.get() & 0xff);
        back = back < 0 ? in.position() : back;
        in.position(to);
        continue;
      }
      name.write(length);
      for (int i = 0; i < length; i++) {
        name.write(in.get());
      }
    }
    name.write(0);
    if (back >= 0) {
      in.position(back);
    }
    return name.toByteArray();
  }

  @Override
  public void close() {
    socket.close();
  }
}
