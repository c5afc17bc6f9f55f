/**
 * Who offers what to whom, in the words of OpenStack's Placement.
 *
 * <p>A <em>provider</em> offers amounts of <em>resource classes</em> (its <em>inventories</em>), is of some kind (its
 * <em>traits</em>), and may be a part of another provider. A <em>consumer</em> has <em>allocations</em> of providers. A
 * <em>candidate</em> is a set of allocations that would be granted now.
 *
 * <p>There is one truth, and it is not here. Hosts are providers as table {@code host} has them, and instances' claims are
 * allocations as table {@code instance} has them; both are read, never copied. What another consumer takes of a host's processors,
 * memory or disk is added to the host's own count, in the same transaction and under the same lock as every claim: so the scheduler,
 * a claim and a recovery see it, and none of them has to ask here. What a host does not say of itself (custom classes, traits,
 * aggregates that are none of compute's) is kept beside it.
 *
 * <p>Who changes something says which generation it has read; if that is no longer the present one, nothing is changed. Generations of
 * hosts rise by triggers of the database, so no writer can forget them.
 *
 * <p>Sub-packages: {@code core} the rules and the search for candidates, pure; {@code store} tables.
 *
 * <p>What it refuses to do: change the claim of an instance (its home does that), and offer a host that takes no claims.
 */
@NullMarked
package io.holdfast.placement;

import org.jspecify.annotations.NullMarked;
