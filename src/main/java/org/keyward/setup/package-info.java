/**
 * {@code keyward setup}: what it takes to install Keyward on a host, in steps that are left out
 * where they have been done. Runs other programs as an administrator would; knows nothing of SQL
 * drivers.
 */
package org.keyward.setup;
