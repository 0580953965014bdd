package org.keyward.remote;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.xbill.DNS.Message;

/** Asks one server many questions over UDP, many at a time, each again when it is not answered. */
final class BulkClient implements AutoCloseable {
  private static final int WINDOW = 32;
  private static final int ROUNDS = 5;
  private final DatagramSocket socket;

  BulkClient(int port) throws IOException {
    socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    socket.connect(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(2_000);
  }

  /** The answers in the order of the questions, whose ids are set here. */
  List<Message> ask(List<Message> questions) throws IOException {
    Message[] answers = new Message[questions.size()];
    for (int round = 0; round < ROUNDS; round++) {
      List<Integer> open = new ArrayList<>();
      for (int i = 0; i < answers.length; i++) {
        if (answers[i] == null) {
          open.add(i);
        }
      }
      for (int from = 0; from < open.size(); from += WINDOW) {
        askSome(questions, open.subList(from, Math.min(from + WINDOW, open.size())), answers);
      }
    }
    int missing = Arrays.asList(answers).indexOf(null);
    if (missing >= 0) {
      throw new IOException("no answer to " + questions.get(missing).getQuestion());
    }
    return List.of(answers);
  }

  private void askSome(List<Message> questions, List<Integer> numbers, Message[] answers)
      throws IOException {
    for (int number : numbers) {
      questions.get(number).getHeader().setID(number);
      byte[] bytes = questions.get(number).toWire();
      socket.send(new DatagramPacket(bytes, bytes.length));
    }
    DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
    int open = numbers.size();
    while (open > 0) {
      try {
        socket.receive(packet);
      } catch (SocketTimeoutException e) {
        return; // asked again in the next round
      }
      Message answer = new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
      int number = answer.getHeader().getID();
      if (answers[number] == null) {
        answers[number] = answer;
        open--;
      }
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
