package org.keyward.audit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Who is written down for something: {@code os:alice@host} for the command line, {@code api:NAME}
 * for the admin API, {@code sql:ROLE} for plain SQL, {@code powerdns} for the protocol, {@code
 * signer:host} for what the signer does by itself.
 */
public final class Actor {
  private Actor() {}

  /** The user of the operating system that this process runs as. */
  public static String operatingSystemUser() {
    return "os:" + user() + "@" + host();
  }

  /** The service that signs. */
  public static String signer() {
    return "signer:" + host();
  }

  /** The bearer of an API token. */
  public static String apiToken(String name) {
    return "api:" + name;
  }

  /** From the kernel: the property {@code user.name} is what its caller makes of it. */
  private static String user() {
    try {
      return Files.getOwner(Path.of("/proc/self")).getName();
    } catch (IOException e) {
      return System.getProperty("user.name");
    }
  }

  /** Where this process runs. */
  public static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
