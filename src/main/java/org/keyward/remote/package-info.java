/**
 * The remote backend protocol of PowerDNS: requests, replies, one dispatcher, the unix socket
 * server and the three HTTP forms. Knows zones only through the interfaces of {@code zone}; no SQL.
 */
package org.keyward.remote;
