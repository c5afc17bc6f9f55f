package io.holdfast.chaos.sim.check;

import io.holdfast.chaos.sim.Checker;
import io.holdfast.chaos.sim.World;
import io.holdfast.model.CaseId;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Move;
import io.holdfast.recovery.core.MoveState;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * L4: whoever waits for its consumer's answer does so until one deadline, whoever leads, and no longer. Judged by the journal, where
 * another leader would find it.
 */
public final class SaysEnd implements Checker {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final World world;
    private final Map<CaseId, Map<InstanceId, Instant>> deadlines = new HashMap<>();

    public SaysEnd(World world) {
        this.world = world;
    }

    @Override
    public String invariant() {
        return "L4";
    }

    @Override
    public void caseWritten(@Nullable CaseState before, CaseState after) {
        Map<InstanceId, Instant> known = deadlines.computeIfAbsent(after.id(), id -> new HashMap<>());
        for (Move move : after.moves()) {
            if (move.state() instanceof MoveState.AwaitingSay waiting) {
                Instant first = known.putIfAbsent(move.id(), waiting.deadline());
                if (first != null && !first.equals(waiting.deadline())) {
                    world.violated(
                            invariant(),
                            move.name() + " waits for an answer until " + waiting.deadline() + ", and it was " + first);
                }
            }
        }
    }

    @Override
    public boolean content() {
        return open() == null;
    }

    @Override
    public void ended() {
        Move open = open();
        if (open != null && open.state() instanceof MoveState.AwaitingSay waiting) {
            Instant late = waiting.deadline().plus(PATIENCE);
            if (world.timeline().instant().isAfter(late)) {
                world.violated(
                        invariant(),
                        open.name() + " still waits for an answer; its deadline was " + waiting.deadline());
            }
        }
    }

    private @Nullable Move open() {
        return world.database().openCases().stream()
                .filter(state -> state.proof() != null)
                .flatMap(CaseState::active)
                .filter(move -> move.state() instanceof MoveState.AwaitingSay)
                .findFirst()
                .orElse(null);
    }
}
