/**
 * The content of rows, read as PowerDNS reads it: which text it takes for each type, in which
 * releases, and which data it sends for it; and written so that PowerDNS reads it. Pure.
 */
package org.keyward.content;
