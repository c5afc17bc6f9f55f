package io.holdfast.scheduler;

import io.holdfast.model.Amounts;
import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.Resources;
import io.holdfast.model.Stock;
import java.util.HashMap;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * One host of a {@link Fleet}, for whoever asks about hosts one by one: what it is, and what is free counting what the plan under way has
 * promised.
 *
 * <p>Amounts are {@code long}, because capacity times overcommit, or a disk that nobody limits, may exceed an {@code int}.
 */
final class Room {

    private final Fleet fleet;
    private final int place;

    /** What stands in the way of each size that was asked for since it last changed; a plan has few sizes, and most hosts are never asked. */
    private @Nullable Map<Resources, String> missing;

    Room(Fleet fleet, int place) {
        this.fleet = fleet;
        this.place = place;
    }

    HostId host() {
        return snapshot().host();
    }

    HostSnapshot snapshot() {
        return fleet.snapshot(place);
    }

    long vcpusLimit() {
        return fleet.vcpusLimit(place);
    }

    long vcpusFree() {
        return fleet.vcpusFree(place);
    }

    long memoryMibFree() {
        return fleet.memoryMibFree(place);
    }

    long memoryMibLimit() {
        return fleet.memoryMibLimit(place);
    }

    long diskGibLimit() {
        return fleet.diskGibLimit(place);
    }

    long diskGibFree() {
        return fleet.diskGibFree(place);
    }

    long instances() {
        return fleet.instances(place);
    }

    /** As many new servers as it could not start of late, and as count. */
    int buildFailures() {
        return fleet.buildFailures(place);
    }

    /** How many instances the plan under way has given it. */
    long promised() {
        return fleet.instances(place) - snapshot().instances();
    }

    /** Whether it has as many instances as it may have, or more since somebody lowered that. */
    boolean isCrowded() {
        return fleet.isCrowded(place);
    }

    /** The advisories with which it takes nothing new, in words; empty for none. */
    String closing() {
        return fleet.closing(place);
    }

    /** Points for what somebody outside says of it. */
    double advisoryPoints() {
        return fleet.advisoryPoints(place);
    }

    /** As {@link HostSnapshot#idleShare}. */
    double idleShare() {
        return snapshot().idleShare();
    }

    /** What somebody outside has set for it. */
    double weight() {
        return fleet.weight(place);
    }

    /** Whether all of that is free. */
    boolean holds(long vcpus, long memoryMib, long diskGib) {
        return vcpus <= vcpusFree()
                && memoryMib <= memoryMibFree()
                && (!fleet.limitsDisk() || diskGib <= diskGibFree());
    }

    /** What is not free of it, in words for people; null when all of it is. */
    @Nullable
    String missing(Resources wants) {
        if (holds(wants.vcpus(), wants.memoryMib(), wants.diskGib())) {
            return null;
        }
        Map<Resources, String> known = missing;
        if (known == null) {
            known = new HashMap<>();
            missing = known;
        }
        return known.computeIfAbsent(wants, this::inWords);
    }

    /** The same of what there is besides those. */
    @Nullable
    String missing(Amounts wants) {
        StringJoiner words = new StringJoiner("; ");
        wants.of().forEach((name, amount) -> {
            Stock stock = snapshot().stocks().get(name);
            String objection =
                    stock == null ? "has no " + name : stock.objection(name, amount, fleet.promised(place, name));
            if (objection != null) {
                words.add(objection);
            }
        });
        return words.length() == 0 ? null : words.toString();
    }

    /** Whether there is so much of each; the same as {@link #missing(Amounts)} without its words. */
    boolean has(Amounts wants) {
        for (Map.Entry<String, Integer> one : wants.of().entrySet()) {
            Stock stock = snapshot().stocks().get(one.getKey());
            if (stock == null || !stock.gives(one.getValue(), fleet.promised(place, one.getKey()))) {
                return false;
            }
        }
        return true;
    }

    /** What nobody has of its cells. */
    HostTopology cells() {
        return fleet.cells(place);
    }

    private String inWords(Resources wants) {
        StringJoiner words = new StringJoiner("; ");
        note(words, wants.vcpus(), vcpusFree(), "vCPU");
        note(words, wants.memoryMib(), memoryMibFree(), "MiB");
        if (fleet.limitsDisk()) {
            note(words, wants.diskGib(), diskGibFree(), "GiB of disk");
        }
        return words.toString();
    }

    private static void note(StringJoiner words, long wanted, long free, String unit) {
        if (wanted > free) {
            words.add("needs " + wanted + " " + unit + ", " + Math.max(0, free) + " " + unit + " free");
        }
    }

    /** What is free is not what it was. */
    void changed() {
        missing = null;
    }
}
