package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.World;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.fencing.FenceProof;
import io.holdfast.model.CaseId;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.recovery.UnfenceSettings;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Phase;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * S10: nobody gives a host its power back but where the policy says so: not before its case has recovered, not one that was
 * isolated by a word (unless the policy says that too), none that its watchdog has reset, and none that is in maintenance or in quarantine. And who waits for
 * its power does not wait for ever without a human who was told.
 */
public final class PowerComesBack implements Checker {

    /** An order that was decided upon before may leave so much later: a host has four devices at most, each with its time-outs. */
    private static final Duration UNDER_WAY = Duration.ofSeconds(75);

    private static final Duration PATIENCE = Duration.ofMinutes(4);

    private final World world;
    private final UnfenceSettings settings;
    /** By host, in the order in which they were opened. */
    private final Map<HostId, Map<CaseId, CaseState>> cases = new HashMap<>();

    private final Map<HostId, Long> keptOffSince = new HashMap<>();
    private final Map<HostId, String> keptOffBy = new HashMap<>();
    private final Map<CaseId, Long> waitingSince = new HashMap<>();
    private final Set<HostId> called = new HashSet<>();
    private boolean ordered;
    private long healedAt;

    public PowerComesBack(World world) {
        this.world = world;
        this.settings = world.settings().recovery().unfence();
    }

    @Override
    public String invariant() {
        return "S10";
    }

    @Override
    public void hostOrdered(ComputeHost now) {
        String why = now.maintenance() != null ? "in maintenance" : now.quarantine() != null ? "in quarantine" : "";
        if (why.isEmpty()) {
            keptOffSince.remove(now.id());
        } else {
            keptOffSince.putIfAbsent(now.id(), world.timeline().now());
        }
        keptOffBy.put(now.id(), why);
    }

    @Override
    public void powerOrdered(Host host, String controller, LeaderEpoch leader) {
        String order = controller + " orders " + host.id() + " on, ";
        if (settings.policy() == UnfenceSettings.Policy.LEAVE_OFF) {
            world.violated(invariant(), order + "and fenced hosts stay off here");
        }
        Long since = keptOffSince.get(host.id());
        if (since != null && world.timeline().now() - since > UNDER_WAY.toNanos()) {
            world.violated(invariant(), order + "which is " + keptOffBy.get(host.id()));
        }
        boolean condemned = world.database()
                .row(host.id())
                .filter(row -> row.state() == HostState.CONDEMNED)
                .isPresent();
        CaseState last = lastThatCondemned(host.id());
        if (last == null || last.proof() == null || (condemned && !last.closed())) {
            world.violated(invariant(), order + "which no case has proven off");
        } else if (last.proof().kind().equals(FenceProof.Kind.SELF_FENCED.name())) {
            world.violated(invariant(), order + "which its watchdog has reset, so that it boots by itself");
        } else if (!settings.afterWord() && !last.proof().kind().equals(FenceProof.Kind.POWER_READ_OFF.name())) {
            world.violated(invariant(), order + "which somebody's word has isolated");
        }
    }

    /** A case that was pardoned condemned nobody, and the return that an earlier one began goes on: an outlet may be missing yet. */
    private @Nullable CaseState lastThatCondemned(HostId host) {
        return cases.getOrDefault(host, new LinkedHashMap<>()).values().stream()
                .filter(one -> !(one.phase() instanceof Phase.Pardoned))
                .reduce((_, later) -> later)
                .orElse(null);
    }

    @Override
    public void caseWritten(@Nullable CaseState before, CaseState after) {
        cases.computeIfAbsent(after.host(), _ -> new LinkedHashMap<>()).put(after.id(), after);
        if (!after.returning()) {
            waitingSince.remove(after.id());
            return;
        }
        waitingSince.putIfAbsent(after.id(), world.timeline().now());
        if (after.nextDeadline() == null) {
            world.violated(invariant(), "the power of " + after.host() + " is waited for without a deadline");
        }
    }

    @Override
    public void told(@Nullable ProjectId subscriber, Fact fact) {
        if (fact.type().equals("segment.ordered")) {
            ordered = !"ARMED".equals(fact.data().get("armed"))
                    || !"".equals(fact.data().get("maintenance"));
        }
        if ((fact.type().equals("host.unfence-failed") || fact.type().equals("host.quarantined"))
                && fact.data().get("host") instanceof String host) {
            called.add(HostId.of(host));
        }
    }

    @Override
    public void healed() {
        healedAt = world.timeline().now();
    }

    @Override
    public boolean content() {
        return world.database().returningCases().stream().allMatch(this::isKnown);
    }

    /** Somebody was told, or wants it so. */
    private boolean isKnown(CaseState waiting) {
        return called.contains(waiting.host())
                || keptOffSince.containsKey(waiting.host())
                || ordered
                || world.database()
                        .row(waiting.host())
                        .filter(ComputeHost::forcedDown)
                        .isPresent();
    }

    @Override
    public void ended() {
        for (CaseState waiting : world.database().returningCases()) {
            long since = Math.max(healedAt, waitingSince.getOrDefault(waiting.id(), 0L));
            if (world.timeline().now() - since > PATIENCE.toNanos() && !isKnown(waiting)) {
                world.violated(
                        invariant(),
                        "the power of " + waiting.host() + " is still waited for ("
                                + Objects.requireNonNull(waiting.powerReturn()).stage() + "), and no human was told");
            }
        }
    }
}
