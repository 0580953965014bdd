/**
 * What Keyward tells PowerDNS after a change is served: which caches to flush, which secondaries to
 * notify. Knows nothing of storage or signing; PowerDNS's own requests are answered in {@code
 * remote}.
 */
package org.keyward.powerdns;
