package io.holdfast.recovery;

import io.holdfast.compute.ComputeHost;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.recovery.GuardDesk.Silence;
import io.holdfast.recovery.GuardDesk.Surroundings;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Guard;
import io.holdfast.recovery.core.Guards;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Asks the guards again: about cases that they hold, and about hosts of which somebody wants to know what would be done.
 *
 * <p>Belongs to the engine's owner thread. What if we die here: a held case is looked at again by whoever leads next.
 */
final class HoldReviews {

    private final RecoveryEngine engine;
    private final GuardDesk guards;
    private final RecoverySettings settings;
    private final InstantSource clock;

    /** Cases about which the store is being asked. */
    private final Set<CaseId> underWay = new HashSet<>();

    HoldReviews(RecoveryEngine engine, GuardDesk guards, RecoverySettings settings, InstantSource clock) {
        this.engine = engine;
        this.guards = guards;
        this.settings = settings;
        this.clock = clock;
    }

    void forget() {
        underWay.clear();
    }

    /** What the guards say of these hosts, as if they fell silent (or lost their power) one after the other now. */
    List<Guards.Review> together(List<ComputeHost> rows, Surroundings around, boolean powerOff) {
        Set<HostId> together = new HashSet<>();
        rows.forEach(row -> together.add(row.id()));
        Silence silence = new Silence(clock.instant(), powerOff, false);
        List<Guards.Review> said = new ArrayList<>();
        int condemned = engine.openUnheld(null);
        for (ComputeHost row : rows) {
            Guards.Review review = Guards.review(
                    guards.situation(row, silence, around, condemned, powerOff ? Set.of() : together, clock.instant()),
                    settings);
            condemned += review.decision() == Guard.Decision.ACT ? 1 : 0;
            said.add(review);
        }
        return said;
    }

    /** A held case hears what the guards say now. */
    void review(Tracked tracked) {
        CaseId id = tracked.state.id();
        HostId host = tracked.state.host();
        if (engine.leading() == null || !underWay.add(id)) {
            return;
        }
        engine.work("review a held case", () -> {
            Surroundings around = engine.surroundings();
            ComputeHost row = engine.known(host);
            return () -> {
                underWay.remove(id);
                engine.follow(around.orders());
                Tracked held = engine.tracked(id);
                if (held != null) {
                    engine.step(
                            held,
                            Guards.review(situation(held.state, row, around), settings)
                                    .held());
                }
            };
        });
    }

    private io.holdfast.recovery.core.Situation situation(CaseState state, ComputeHost row, Surroundings around) {
        Silence silence = new Silence(
                state.suspectedAt() == null ? state.openedAt() : state.suspectedAt(),
                guards.isOffNow(state.host(), clock.instant()),
                state.word() != null);
        return guards.situation(row, silence, around, engine.openUnheld(state.id()), Set.of(), clock.instant());
    }
}
