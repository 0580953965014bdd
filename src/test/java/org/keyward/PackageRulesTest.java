package org.keyward;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;

/** The borders between packages, as docs and package-info files describe them. */
@AnalyzeClasses(packages = "org.keyward", importOptions = ImportOption.DoNotIncludeTests.class)
@ArchTag("once")
class PackageRulesTest {
  @ArchTest
  static final ArchRule NO_CYCLES =
      slices().matching("org.keyward.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule ARROWS =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .withOptionalLayers(true)
          .layer("cli")
          .definedBy("org.keyward.cli..")
          .layer("demo")
          .definedBy("org.keyward.demo..")
          .layer("setup")
          .definedBy("org.keyward.setup..")
          .layer("app")
          .definedBy("org.keyward.app..")
          .layer("remote")
          .definedBy("org.keyward.remote..")
          .layer("powerdns")
          .definedBy("org.keyward.powerdns..")
          .layer("http")
          .definedBy("org.keyward.http..")
          .layer("admin")
          .definedBy("org.keyward.admin..")
          .layer("web")
          .definedBy("org.keyward.web..")
          .layer("token")
          .definedBy("org.keyward.token..")
          .layer("store")
          .definedBy("org.keyward.store..")
          .layer("copy")
          .definedBy("org.keyward.copy..")
          .layer("parent")
          .definedBy("org.keyward.parent..")
          .layer("signing")
          .definedBy("org.keyward.signing..")
          .layer("zone")
          .definedBy("org.keyward.zone..")
          .layer("keyset")
          .definedBy("org.keyward.keyset..")
          .layer("audit")
          .definedBy("org.keyward.audit..")
          .layer("dnssec")
          .definedBy("org.keyward.dnssec..")
          .layer("clock")
          .definedBy("org.keyward.clock..")
          .layer("background")
          .definedBy("org.keyward.background..")
          .layer("content")
          .definedBy("org.keyward.content..")
          .layer("config")
          .definedBy("org.keyward.config..")
          .whereLayer("content")
          .mayOnlyBeAccessedByLayers("admin", "app", "cli", "remote", "store", "zone")
          .whereLayer("app")
          .mayOnlyBeAccessedByLayers("cli", "demo", "setup")
          .whereLayer("setup")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("remote")
          .mayOnlyBeAccessedByLayers("app")
          .whereLayer("powerdns")
          .mayOnlyBeAccessedByLayers("app")
          .whereLayer("admin")
          .mayOnlyBeAccessedByLayers("app", "cli", "store")
          .whereLayer("web")
          .mayOnlyBeAccessedByLayers("app")
          .whereLayer("token")
          .mayOnlyBeAccessedByLayers("app")
          .whereLayer("store")
          .mayOnlyBeAccessedByLayers("app")
          .whereLayer("http")
          .mayOnlyBeAccessedByLayers("app", "remote", "admin", "web")
          .whereLayer("parent")
          .mayOnlyBeAccessedByLayers("app")
          .whereLayer("signing")
          .mayOnlyBeAccessedByLayers(
              "admin", "app", "cli", "copy", "demo", "parent", "store", "token")
          .whereLayer("zone")
          .mayOnlyBeAccessedByLayers(
              "admin", "app", "cli", "copy", "demo", "powerdns", "remote", "signing", "store")
          .whereLayer("keyset")
          .mayOnlyBeAccessedByLayers("copy", "signing", "store", "zone", "admin", "app")
          .whereLayer("background")
          .mayOnlyBeAccessedByLayers(
              "app",
              "copy",
              "demo",
              "parent",
              "powerdns",
              "remote",
              "signing",
              "store",
              "token",
              "zone")
          .whereLayer("clock")
          .mayOnlyBeAccessedByLayers("app", "copy", "signing", "store")
          .whereLayer("copy")
          .mayOnlyBeAccessedByLayers("app")
          .whereLayer("audit")
          .mayOnlyBeAccessedByLayers("admin", "app", "cli", "signing", "store", "token");

  /** Decisions about keys: no database, no token, no network, no other part of Keyward. */
  @ArchTest
  static final ArchRule KEYSET_IS_PURE =
      classes()
          .that()
          .resideInAPackage("org.keyward.keyset..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "org.keyward.keyset..",
              "org.keyward.dnssec..",
              "org.xbill.DNS..",
              "java.lang..",
              "java.time..",
              "java.util..");

  @ArchTest
  static final ArchRule SQL_ONLY_IN_STORE =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.keyward.store..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "java.sql..",
              "org.postgresql..",
              "org.jdbi..",
              "com.zaxxer..",
              "org.flywaydb..",
              "org.apache.commons.compress..");

  /** Work that is repeated must outlive what it throws; an executor's timer ends without a word. */
  @ArchTest
  static final ArchRule BACKGROUND_WORK_IN_ONE_PLACE =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.keyward.background..")
          .should()
          .callMethod(Thread.class, "setDaemon", boolean.class)
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.util.concurrent.ScheduledExecutorService");

  /** Of two clocks that differ nobody else is to choose one. */
  @ArchTest
  static final ArchRule THE_HOSTS_CLOCK_ONLY_IN_CLOCK =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.keyward.clock..")
          .should()
          .callMethod(Clock.class, "systemUTC")
          .orShould()
          .callMethod(Clock.class, "systemDefaultZone")
          .orShould()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callConstructor(Date.class);

  @ArchTest
  static final ArchRule PKCS11_ONLY_IN_TOKEN =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.keyward.token..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("sun.security.pkcs11..");

  @ArchTest
  static final ArchRule JAVALIN_ONLY_IN_LISTENERS =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "org.keyward.http..",
              "org.keyward.remote..",
              "org.keyward.admin..",
              "org.keyward.web..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.javalin..", "org.eclipse.jetty..", "jakarta.servlet..");

  @ArchTest
  static final ArchRule PICOCLI_ONLY_IN_CLI =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.keyward.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("picocli..");
}
