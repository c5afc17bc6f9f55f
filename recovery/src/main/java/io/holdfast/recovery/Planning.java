package io.holdfast.recovery;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.recovery.core.CaseCommand;
import io.holdfast.recovery.core.CaseEvent;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.JointPlan;
import java.util.List;

/**
 * Planning over all open cases: who is asked for together, and when it is worth asking again.
 *
 * <p>Belongs to the owner thread of {@link RecoveryEngine}. What if we die here: nothing is kept but what hosts had free at the
 * last look; the next leader's first look begins anew, and every case plans again at its deadline.
 */
final class Planning {

    private final RecoveryEngine engine;
    private final Hosts hosts;
    private final RoomWatch room = new RoomWatch();
    private boolean looking;

    Planning(RecoveryEngine engine, Hosts hosts) {
        this.engine = engine;
        this.hosts = hosts;
    }

    void forget() {
        room.forget();
        looking = false;
    }

    /** One case's plan, asked for all that wait now in any case: priorities decide over all of them together. */
    CaseCommand.Plan overAll(CaseCommand.Plan asked) {
        List<CaseState> open =
                engine.cases().values().stream().map(tracked -> tracked.state).toList();
        return new CaseCommand.Plan(asked.number(), JointPlan.of(open));
    }

    /**
     * While somebody waits for room, the hosts are looked at with each scan: whatever makes room (a host that joins or is
     * enabled, an instance that is deleted or moved, more capacity), and whoever did it, is seen there.
     */
    void lookForRoom() {
        if (engine.cases().values().stream().noneMatch(tracked -> tracked.state.lacksRoom())) {
            room.forget();
            return;
        }
        if (looking) {
            return;
        }
        looking = true;
        engine.work("look for room", () -> {
            List<ComputeHost> now = hosts.list();
            return () -> {
                looking = false;
                room.seen(now)
                        .ifPresent(why -> List.copyOf(engine.cases().values())
                                .forEach(tracked -> engine.step(tracked, new CaseEvent.CapacityChanged(why))));
            };
        });
    }
}
