package org.keyward.keyset;

import java.time.Instant;

/**
 * Which windows a change of the key set reaches.
 *
 * @param present begin of the window in use
 * @param first the first window, by its begin, whose set is still open: nothing is signed for it
 *     yet, or it is to be signed anew
 */
record Tail(Instant present, Instant first) {}
