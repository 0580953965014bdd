/**
 * What is wrong, or likely to be, in a zone: a rule for each, in a few classes by subject. Knows
 * the zone's rows and what its parent has, nothing of where they are stored.
 */
package org.keyward.zone.check;
