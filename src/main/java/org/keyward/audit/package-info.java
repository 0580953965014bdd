/** The append-only, hash-chained record of everything done with keys. Knows no other package. */
package org.keyward.audit;
