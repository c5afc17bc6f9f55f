package io.holdfast.recovery;

import io.holdfast.compute.Claims;
import io.holdfast.compute.Hosts;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.core.CaseCommand;
import io.holdfast.recovery.core.CaseEvent;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.JointPlan;
import io.holdfast.recovery.core.JointPlan.Lacking;
import io.holdfast.scheduler.Plan;
import io.holdfast.scheduler.Scheduler;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Planning over all open cases: who is asked for together, and when it is worth asking again.
 *
 * <p>Belongs to the owner thread of {@link RecoveryEngine}. What if we die here: nothing is kept but what was found at the
 * last look; the next leader's first look begins anew, and every case plans again at its deadline.
 */
final class Planning {

    private final RecoveryEngine engine;
    private final Hosts hosts;
    private final Claims claims;
    private final RoomWatch watch;
    private @Nullable Plan last;
    private boolean looking;

    Planning(RecoveryEngine engine, Hosts hosts, Claims claims, Scheduler scheduler) {
        this.engine = engine;
        this.hosts = hosts;
        this.claims = claims;
        this.watch = new RoomWatch(scheduler);
    }

    void forget() {
        last = null;
        looking = false;
    }

    /** One case's plan, asked for all that wait now in any case: priorities decide over all of them together. */
    CaseCommand.Plan overAll(CaseCommand.Plan asked) {
        return new CaseCommand.Plan(asked.number(), JointPlan.of(open()));
    }

    /**
     * While somebody waits for room, it is looked for with each scan, and at once when a host comes (back): whatever makes
     * room, and whoever did it, is seen there. Only cases for whose instances there is some plan again.
     */
    void lookForRoom() {
        Lacking lacking = JointPlan.lacking(open());
        if (lacking.wanting().isEmpty()) {
            last = null;
            return;
        }
        if (looking) {
            return;
        }
        looking = true;
        Plan before = last;
        engine.work("look for room", () -> {
            RoomWatch.Look look = watch.look(
                    before,
                    lacking,
                    HostSnapshots.of(hosts, engine::avoids),
                    HostSnapshots.of(claims.groups(), lacking.requests()));
            return () -> {
                looking = false;
                last = look.plan();
                tell(look.found());
            };
        });
    }

    private void tell(Set<InstanceId> found) {
        if (found.isEmpty()) {
            return;
        }
        for (Tracked tracked : List.copyOf(engine.cases().values())) {
            if (tracked.state.moves().stream().anyMatch(move -> found.contains(move.id()))) {
                engine.step(tracked, new CaseEvent.RoomFound(found));
            }
        }
    }

    private List<CaseState> open() {
        return engine.cases().values().stream().map(tracked -> tracked.state).toList();
    }
}
