package io.holdfast.network.core;

import io.holdfast.network.Cidr;
import io.holdfast.network.Gateway;
import io.holdfast.network.Ipv4;
import io.holdfast.network.NetworkException;
import io.holdfast.network.NetworkException.Problem;
import io.holdfast.network.Range;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses of a subnet may be given.
 *
 * <p>The pools are given from when nobody asks for a certain address. A certain one may lie outside of them, but never be
 * the network's, the broadcast or the gateway's.
 *
 * @param pools sorted, at least one, none touches another
 */
public record AddressPlan(Cidr cidr, @Nullable Ipv4 gateway, List<Range> pools) {

    private static final int POOLS_MAX = 16;

    public AddressPlan {
        pools = List.copyOf(pools);
    }

    /**
     * @param pools null for everything that may be given
     * @throws NetworkException INVALID or OVERLAP when they do not fit each other
     */
    public static AddressPlan of(Cidr cidr, Gateway gateway, @Nullable List<Range> pools) {
        Ipv4 router = switch (gateway) {
            case Gateway.First() -> cidr.network().plus(1);
            case Gateway.None() -> null;
            case Gateway.At(Ipv4 address) -> address;
        };
        if (router != null && !usable(cidr, router)) {
            throw new NetworkException(
                    Problem.INVALID, "Gateway " + router + " is not a usable address of " + cidr + ".");
        }
        List<Range> chosen = pools == null
                ? without(new Range(cidr.network().plus(1), cidr.broadcast().plus(-1)), router)
                : sorted(pools);
        check(cidr, router, chosen);
        return new AddressPlan(cidr, router, chosen);
    }

    private static void check(Cidr cidr, @Nullable Ipv4 gateway, List<Range> pools) {
        if (pools.isEmpty() || pools.size() > POOLS_MAX) {
            throw new NetworkException(Problem.INVALID, "A subnet has 1 to " + POOLS_MAX + " allocation pools.");
        }
        Range before = null;
        for (Range pool : pools) {
            if (!usable(cidr, pool.first()) || !usable(cidr, pool.last())) {
                throw new NetworkException(
                        Problem.INVALID, "The allocation pool " + pool + " spans beyond the subnet cidr " + cidr + ".");
            }
            if (before != null && before.overlaps(pool)) {
                throw new NetworkException(
                        Problem.OVERLAP, "Found overlapping allocation pools: " + before + ", " + pool + ".");
            }
            if (gateway != null && pool.contains(gateway)) {
                throw new NetworkException(
                        Problem.OVERLAP, "Gateway ip " + gateway + " conflicts with allocation pool " + pool + ".");
            }
            before = pool;
        }
    }

    private static List<Range> sorted(List<Range> pools) {
        return pools.stream().sorted(Comparator.comparing(Range::first)).toList();
    }

    private static List<Range> without(Range all, @Nullable Ipv4 gap) {
        if (gap == null || !all.contains(gap)) {
            return List.of(all);
        }
        List<Range> rest = new ArrayList<>();
        if (all.first().compareTo(gap) < 0) {
            rest.add(new Range(all.first(), gap.plus(-1)));
        }
        if (gap.compareTo(all.last()) < 0) {
            rest.add(new Range(gap.plus(1), all.last()));
        }
        return rest;
    }

    private static boolean usable(Cidr cidr, Ipv4 address) {
        return cidr.contains(address) && !address.equals(cidr.network()) && !address.equals(cidr.broadcast());
    }

    /** Whether a port may be given this address when it asks for it. */
    public boolean allows(Ipv4 address) {
        return usable(cidr, address) && !address.equals(gateway);
    }

    /** How many addresses the pools have. */
    public long size() {
        return pools.stream().mapToLong(Range::size).sum();
    }

    /**
     * Addresses of the pools in the order in which they are tried: from a place that {@code seed} decides, around to the
     * one before it. Ports that are made at the same time begin at different places, and so seldom want the same address.
     *
     * @param from how many to leave out, at least 0
     * @param count how many, at least 1; fewer are returned where the pools end
     */
    public List<Ipv4> candidates(long seed, long from, int count) {
        long size = size();
        long start = Math.floorMod(seed, size);
        return LongStream.range(from, Math.min(size, from + count))
                .mapToObj(i -> at((start + i) % size))
                .toList();
    }

    private Ipv4 at(long index) {
        long left = index;
        for (Range pool : pools) {
            if (left < pool.size()) {
                return pool.first().plus(left);
            }
            left -= pool.size();
        }
        throw new IllegalArgumentException("the pools have " + size() + " addresses, none at " + index);
    }
}
