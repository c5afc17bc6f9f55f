package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.Words;
import io.holdfast.chaos.sim.World;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.model.HostId;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * S9: a storm is held. Where most of a segment falls silent at once and has power all the same, it is the network or the
 * observer that is ill, and nobody may condemn one host after the other. Hosts without power and those that an operator
 * spoke against do not count, nor does one that was pardoned before anything was proven against it: no harm was done.
 */
final class HeldStorm implements Checker {

    private static final long WORD_COUNTS_NANOS = 300_000_000_000L;

    /** More than half of the segment condemned by silence within this time, and alive: the storm guards slept. */
    private static final long STORM_NANOS = 5_000_000_000L;

    private final World world;
    private final Words words = new Words();

    /** When each host with power was condemned last, those of the last seconds. */
    private final Map<HostId, Long> silenced = new TreeMap<>();

    /** Those that were isolated in their present failure. */
    private final Set<HostId> fenced = new TreeSet<>();

    HeldStorm(World world) {
        this.world = world;
    }

    @Override
    public String invariant() {
        return "S9";
    }

    @Override
    public void wordGiven(HostId host, boolean fenced) {
        words.given(host, world.timeline().now());
    }

    @Override
    public void wordRefused(HostId host) {
        words.refused(host);
    }

    @Override
    public void hostChanged(ComputeHost now, String by) {
        long at = world.timeline().now();
        if (now.state() == HostState.FENCED) {
            fenced.add(now.id());
        } else if (now.state() != HostState.CONDEMNED && !fenced.contains(now.id())) {
            silenced.remove(now.id());
        } else if (now.state() != HostState.CONDEMNED) {
            fenced.remove(now.id());
        }
        if (now.state() != HostState.CONDEMNED
                || at - words.lastAgainst(now.id()) < WORD_COUNTS_NANOS
                || !world.host(now.id()).hasPower()) {
            return;
        }
        silenced.values().removeIf(before -> at - before > STORM_NANOS);
        silenced.put(now.id(), at);
        int hosts = world.hosts().size();
        if (silenced.size() > 2 && silenced.size() * 2 > hosts) {
            world.violated(
                    invariant(),
                    by + " condemns " + silenced.keySet() + " of " + hosts + " hosts at once, which all have power");
        }
    }
}
