package io.holdfast.chaos.scenario;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.World;
import io.holdfast.compute.Instance;
import io.holdfast.fencing.FenceJournal;
import io.holdfast.model.CaseId;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Move;
import io.holdfast.recovery.core.PlannedMove;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes down what happens in a world, in the words of {@link Observed}, from the moment it is told to. Judges nothing. */
final class Witness implements Checker {

    private final World world;
    private final Observed seen;
    private final Map<HostId, CaseId> newest = new HashMap<>();
    private final Map<InstanceId, Instant> newestOf = new HashMap<>();
    private final Set<String> proofs = new HashSet<>();
    private boolean watching;

    Witness(World world, Observed seen) {
        this.world = world;
        this.seen = seen;
    }

    void begin() {
        watching = true;
    }

    void end() {
        watching = false;
    }

    @Override
    public String invariant() {
        return "none";
    }

    private Duration now() {
        return Duration.ofNanos(world.timeline().now());
    }

    @Override
    public void guestStarted(Host.Guest guest) {
        if (watching) {
            seen.guestStarted(world.name(guest.instance()), guest.host().value(), now());
        }
    }

    @Override
    public void guestEnded(Host.Guest guest) {
        if (watching) {
            seen.guestEnded(world.name(guest.instance()), guest.host().value(), now());
        }
    }

    @Override
    public void powerChanged(Host host) {
        if (watching) {
            seen.power(host.id().value(), host.hasPower());
        }
    }

    @Override
    public void cutOrdered(Host host, String controller, LeaderEpoch leader) {
        if (watching) {
            seen.orderedOff(host.id().value());
        }
    }

    @Override
    public void instanceChanged(@Nullable Instance before, Instance after, String by) {
        if (watching) {
            seen.wanted(world.name(after.id()), after.goal(), now());
        }
    }

    @Override
    public void fenceJournaled(FenceJournal.Entry entry) {
        if (watching && entry.act().equals(FenceJournal.PROOF) && proofs.add(entry.host() + "@" + entry.epoch())) {
            seen.proven(entry.host().value());
        }
    }

    @Override
    public void caseWritten(@Nullable CaseState before, CaseState after) {
        if (!watching) {
            return;
        }
        if (before == null) {
            newest.put(after.host(), after.id());
        }
        if (after.id().equals(newest.get(after.host()))) {
            seen.caseIs(after.host().value(), after.phase().word());
        }
        for (Move move : after.moves()) {
            moveIs(move.id(), move.name(), after.openedAt(), move.state().word());
        }
    }

    /** What an earlier case, or an earlier planned move, still says of an instance is of no interest any more. */
    private void moveIs(InstanceId instance, String name, Instant openedAt, String word) {
        Instant earlier = newestOf.get(instance);
        if (earlier == null || !openedAt.isBefore(earlier)) {
            newestOf.put(instance, openedAt);
            seen.moveIs(name, word);
        }
    }

    @Override
    public void moveWritten(PlannedMove move) {
        if (watching) {
            moveIs(move.instance(), move.name(), move.openedAt(), move.stage().word());
        }
    }

    private static boolean calls(String type) {
        return type.endsWith(".needs-operator") || type.equals("host.unfence-failed");
    }

    @Override
    public void told(@Nullable ProjectId subscriber, Fact fact) {
        if (watching && calls(fact.type())) {
            String subject = fact.subject();
            Object name = fact.data().get("name");
            seen.humanCalled(
                    subject.startsWith("host/") || name == null
                            ? subject.substring(subject.indexOf('/') + 1)
                            : name.toString());
        }
    }
}
