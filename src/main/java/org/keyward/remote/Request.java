package org.keyward.remote;

/**
 * A request in whatever form it came.
 *
 * @param method PowerDNS's name of it
 */
record Request(String method, Parameters parameters) {}
