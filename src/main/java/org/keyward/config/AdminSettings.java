package org.keyward.config;

/** The operators' listener: {@code /healthz}, {@code /readyz}, {@code /metrics}. */
public record AdminSettings(ListenAddress http) {
  public static final AdminSettings DEFAULT =
      new AdminSettings(new ListenAddress("127.0.0.1", 8054));
}
