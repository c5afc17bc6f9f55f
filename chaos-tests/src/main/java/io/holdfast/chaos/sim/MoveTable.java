package io.holdfast.chaos.sim;

import io.holdfast.model.Fact;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal.Outcome;
import io.holdfast.recovery.MoveJournal;
import io.holdfast.recovery.core.PlannedMove;
import io.holdfast.recovery.sim.InMemoryMoves;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The journal of planned moves in the simulated database. */
final class MoveTable implements MoveJournal {

    private final World world;
    private final Database database;
    private final InMemoryMoves rows = new InMemoryMoves();

    MoveTable(World world, Database database) {
        this.world = world;
        this.database = database;
    }

    boolean any() {
        return !rows.isEmpty();
    }

    @Override
    public Outcome write(LeaderEpoch leader, PlannedMove move, long expected, List<Fact> facts) {
        if (leader.isOlderThan(database.newestLeader())) {
            return Outcome.STALE_LEADER;
        }
        Outcome outcome = rows.write(leader, move, expected, List.of());
        if (outcome == Outcome.DONE) {
            database.require(leader, "a planned move");
            database.tookLeader(leader);
            facts.forEach(world.subscribers()::outbox);
            world.story()
                    .tell(
                            database.caller(),
                            "planned move of " + move.name() + " is "
                                    + move.stage().word());
            world.checkers().moveWritten(move);
        }
        return outcome;
    }

    @Override
    public List<Stored> open(SegmentId segment) {
        return rows.open(segment);
    }

    @Override
    public Optional<Stored> find(UUID id) {
        return rows.find(id);
    }

    @Override
    public List<Stored> list(@Nullable InstanceId instance, int limit) {
        return rows.list(instance, limit);
    }
}
