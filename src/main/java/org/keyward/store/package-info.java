/**
 * PostgreSQL: all SQL of the project. Implements the ports of {@code zone}, {@code signing} and
 * {@code audit}. The only package that sees {@code java.sql} and Jdbi.
 */
package org.keyward.store;
