package org.keyward.setup;

import java.util.function.BooleanSupplier;

/**
 * Something that must be there.
 *
 * @param what its name, for people
 * @param there whether it is there
 * @param make makes it
 */
record Step(String what, BooleanSupplier there, Runnable make) {}
