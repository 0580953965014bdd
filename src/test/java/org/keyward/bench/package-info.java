/**
 * {@code bin/bench}: measures Keyward beside PowerDNS's own PostgreSQL backend, and prints a table
 * and JSON. Lies among the tests, so that it is built with everything else and is not in the jar.
 *
 * <p>To add a part: implement {@link Part}, name it in {@link Bench#PARTS}, and run its quick form
 * in {@code BenchIT} (or a unit test when it needs nothing that a normal {@code bin/setup} lacks).
 */
package org.keyward.bench;
