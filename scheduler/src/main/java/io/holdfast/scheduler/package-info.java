/**
 * Where may it run? A pure question: a snapshot goes in, a placement comes out.
 *
 * <p>The scheduler claims nothing, calls nobody and remembers nothing. Its answer is a proposal that a claim
 * (compare-and-set on the generation, in the database) makes true or refuses; a refused claim means a newer snapshot
 * and another question. Several controllers may ask at once.
 *
 * <p>Terms: a <em>filter</em> refuses a host with a reason; a <em>weigher</em> gives points to those left; the answer
 * names the host with the most points, or says for every host why not.
 */
@NullMarked
package io.holdfast.scheduler;

import org.jspecify.annotations.NullMarked;
