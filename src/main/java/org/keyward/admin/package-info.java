/**
 * The operators' API: bearer tokens, routes from one table, their OpenAPI description, errors as
 * problem documents. A handler parses, calls one method of a desk, replies. Knows neither SQL nor
 * PKCS#11; what it can reach has no key material in it.
 */
package org.keyward.admin;
