package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.Words;
import io.holdfast.chaos.sim.World;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Phase;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * S5: nobody is powered off who is not condemned, a host that was well all the time least of all; and an observer that
 * hears nobody condemns nobody.
 */
public final class OnlyTheCondemned implements Checker {

    private static final long WORD_COUNTS_NANOS = 300_000_000_000L;

    /** Longer than a verdict takes to become a stored condemnation, a late commit included. */
    private static final long DEAF_NANOS = 40_000_000_000L;

    /** A reading counts for fifteen seconds, and a late device takes twenty to answer; who was off so lately was rightly read so. */
    private static final long READING_COUNTS_NANOS = 35_000_000_000L;

    private static final long GRACE_NANOS = 9_000_000_000L;

    private final World world;
    private final Words words = new Words();

    /** When somebody decided that the host is lost, in its newest case. */
    private final Map<HostId, Long> judged = new HashMap<>();

    private LeaderEpoch newest = LeaderEpoch.ZERO;
    private long ledSince;

    public OnlyTheCondemned(World world) {
        this.world = world;
    }

    @Override
    public String invariant() {
        return "S5";
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
    public void cutOrdered(Host host, String controller, LeaderEpoch leader) {
        boolean condemned = world.database()
                .row(host.id())
                .filter(row -> row.state() == HostState.CONDEMNED || row.state() == HostState.FENCED)
                .isPresent();
        if (!condemned) {
            world.violated(invariant(), controller + " orders " + host.id() + " off, which is not condemned");
        }
        if (world.figures().isHealthyForLong(host)) {
            world.violated(
                    invariant(),
                    controller + " orders " + host.id() + " off, which has been well since before it was condemned");
        }
    }

    @Override
    public void leaderWrote(String controller, LeaderEpoch leader, String what) {
        if (newest.isOlderThan(leader)) {
            newest = leader;
            ledSince = world.timeline().now();
        }
    }

    /** A new leader gives everybody a full grace period, of which a drifting clock may take a little. */
    @Override
    public void caseWritten(@Nullable CaseState before, CaseState after) {
        long now = world.timeline().now();
        boolean wasHeld = before == null || before.phase() instanceof Phase.Held;
        if (wasHeld && !(after.phase() instanceof Phase.Held)) {
            judged.put(after.host(), now);
        }
        Host host = world.host(after.host());
        if (before == null
                && now - ledSince < GRACE_NANOS
                && host.hasPower()
                && now - host.lastWithoutPower() > WORD_COUNTS_NANOS
                && !after.closed()
                && !(after.phase() instanceof Phase.Held)
                && !spoken(after.host())) {
            world.violated(
                    invariant(),
                    "the leader of epoch " + newest + " condemns " + after.host() + " " + (now - ledSince) / 1_000_000
                            + " ms after its election");
        }
    }

    @Override
    public void hostChanged(ComputeHost now, String by) {
        if (now.state() != HostState.CONDEMNED
                || spoken(now.id())
                || world.hosts().size() < 2) {
            return;
        }
        boolean others = world.hosts().stream().anyMatch(host -> !host.id().equals(now.id()) && host.hasPower());
        // Who leads now goes on with a case that an earlier leader has judged; to store the condemnation is no
        // judgement.
        boolean inherited = judged.getOrDefault(now.id(), ledSince) < ledSince;
        boolean deaf =
                !inherited && world.timeline().now() - world.controller(by).hearsSomebodySince() > DEAF_NANOS;
        Host accused = world.host(now.id());
        boolean wasOff =
                !accused.hasPower() || world.timeline().now() - accused.lastWithoutPower() < READING_COUNTS_NANOS;
        if (others && deaf && !wasOff) {
            world.violated(invariant(), by + " condemns " + now.id() + " and has reached no host at all for long");
        }
    }

    private boolean spoken(HostId host) {
        return world.timeline().now() - words.lastAgainst(host) < WORD_COUNTS_NANOS;
    }
}
