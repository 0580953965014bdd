# Images of docker-compose.yml, all on Debian 12: docs/docker.md.

FROM debian:12-slim AS build
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends maven openjdk-17-jdk-headless \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY pom.xml ./
COPY .mvn .mvn
COPY LICENSE LICENSE
COPY packaging/licenses packaging/licenses
COPY sql sql
COPY src/main src/main
RUN mvn -q -B -ntp package -Dmaven.test.skip=true

FROM debian:12-slim AS keyward
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends openjdk-17-jre-headless softhsm2 opensc curl \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --system --uid 10001 keyward \
  && install -d -o keyward /var/lib/keyward /var/lib/keyward/tokens /var/lib/keyward/copy /run/keyward /anchors
COPY --from=build /build/target/keyward.jar /usr/share/keyward/keyward.jar
COPY src/main/resources/demo /usr/share/keyward/demo
COPY bin/keyward /usr/bin/keyward
COPY docker/keyward.yaml docker/sign.yaml docker/softhsm2.conf /etc/keyward/
COPY docker/setup docker/demo-zones /usr/share/keyward/
ENV SOFTHSM2_CONF=/etc/keyward/softhsm2.conf
USER keyward
ENTRYPOINT ["/usr/bin/keyward"]
CMD ["serve"]

FROM debian:12-slim AS powerdns
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends pdns-server pdns-backend-remote pdns-backend-pgsql pdns-tools \
  && rm -rf /var/lib/apt/lists/*
COPY bin/keyward-relay /usr/bin/keyward-relay
USER pdns
ENTRYPOINT ["/usr/sbin/pdns_server", "--config-dir=/etc/powerdns"]

FROM debian:12-slim AS check
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends bind9-dnsutils ca-certificates curl \
  && rm -rf /var/lib/apt/lists/*
COPY docker/check /usr/bin/check
USER nobody
ENTRYPOINT ["/usr/bin/check"]
