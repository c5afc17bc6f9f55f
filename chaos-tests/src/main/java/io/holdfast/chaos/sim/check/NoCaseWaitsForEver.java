package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.World;
import io.holdfast.model.CaseId;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.ProjectId;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.PlannedMove;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * L2: no case waits without a deadline, and none waits for ever without a human who was told. The deadline is looked for
 * in the journal, where another controller would find it; the human, among those who were told.
 */
public final class NoCaseWaitsForEver implements Checker {

    /** Longer than any deadline in a world's settings, escalation included. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final World world;
    private final Map<CaseId, Long> openSince = new LinkedHashMap<>();
    private final Set<HostId> called = new HashSet<>();
    private final Map<UUID, Long> movingSince = new LinkedHashMap<>();
    private final Set<String> calledFor = new HashSet<>();
    private long healedAt;
    private boolean disarmed;

    public NoCaseWaitsForEver(World world) {
        this.world = world;
    }

    @Override
    public String invariant() {
        return "L2";
    }

    @Override
    public void caseWritten(@Nullable CaseState before, CaseState after) {
        if (after.closed()) {
            openSince.remove(after.id());
            return;
        }
        openSince.putIfAbsent(after.id(), world.timeline().now());
        if (after.nextDeadline() == null) {
            world.violated(
                    invariant(),
                    "the case of " + after.host() + " waits in " + after.phase().word() + " without a deadline");
        }
    }

    @Override
    public void moveWritten(PlannedMove move) {
        if (move.settled()) {
            movingSince.remove(move.id());
        } else {
            movingSince.putIfAbsent(move.id(), world.timeline().now());
        }
    }

    @Override
    public void told(@Nullable ProjectId subscriber, Fact fact) {
        if (fact.type().equals("segment.ordered")) {
            disarmed = !"ARMED".equals(fact.data().get("armed"));
        }
        if (fact.type().equals("instance.needs-operator")) {
            calledFor.add(fact.subject());
        }
        if (fact.type().endsWith("needs-operator") && fact.data().get("host") instanceof String host) {
            called.add(HostId.of(host));
        }
    }

    @Override
    public void healed() {
        healedAt = world.timeline().now();
    }

    @Override
    public boolean content() {
        return world.database().openCases().stream().allMatch(open -> called.contains(open.host()))
                && world.database().openMoves().stream().allMatch(this::isTold);
    }

    private boolean isTold(PlannedMove move) {
        return calledFor.contains("instance/" + move.instance());
    }

    @Override
    public void ended() {
        for (PlannedMove move : world.database().openMoves()) {
            long since = Math.max(healedAt, movingSince.getOrDefault(move.id(), 0L));
            if (world.timeline().now() - since > PATIENCE.toNanos() && !isTold(move)) {
                world.violated(
                        invariant(),
                        "the planned move of " + move.name() + " still waits in "
                                + move.stage().word() + ", and no human was told");
            }
        }
        for (CaseState open : world.database().openCases()) {
            long since = Math.max(healedAt, openSince.getOrDefault(open.id(), 0L));
            boolean late = world.timeline().now() - since > PATIENCE.toNanos();
            if (late && !disarmed && !called.contains(open.host())) {
                world.violated(
                        invariant(),
                        "the case of " + open.host() + " still waits in "
                                + open.phase().word() + ", and no human was told");
            }
        }
    }
}
