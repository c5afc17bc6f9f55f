/**
 * Networks, and the addresses that instances keep on every home they ever have.
 *
 * <p>Words as in Neutron: a <em>network</em> is one flat layer 2 that all hosts are on; a <em>subnet</em> is a range of IPv4
 * addresses on it; a <em>port</em> is a place on a network with a MAC and addresses. An instance's ports are its network
 * cards.
 *
 * <p>Three rules hold whatever crashes. No address and no MAC is given to two ports: keys of the database, not checks, keep
 * that, so it holds for several controllers too. An instance and its ports are stored in one transaction, and its end gives
 * them back in one. Nothing about a port changes when its instance moves: where a port is bound is not stored but read from
 * the home of its instance, so the two cannot differ.
 *
 * <p>Sub-packages: {@code core} which address may be given, pure; {@code store} tables.
 *
 * <p>What it refuses to do: hand out leases by DHCP, route, and filter packets. Security groups are kept and shown.
 */
@NullMarked
package io.holdfast.network;

import org.jspecify.annotations.NullMarked;
