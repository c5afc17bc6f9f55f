package io.holdfast.recovery;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Hosts;
import io.holdfast.model.Actor;
import io.holdfast.model.HostId;
import io.holdfast.recovery.CaseJournal.Stored;
import io.holdfast.recovery.core.CaseEvent;
import io.holdfast.recovery.core.Move;
import io.holdfast.recovery.core.MoveState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Hands an instance from the case that was moving it to the case of its new home, when that home failed too.
 *
 * <p>Belongs to the owner thread of {@link RecoveryEngine}. Nothing is kept that could be lost: each turn looks anew.
 */
final class HandOver {

    private final RecoveryEngine engine;
    private final Hosts hosts;
    private final CaseJournal journal;

    /** Hosts whose last case is being read. */
    private final Set<HostId> lookedFor = new HashSet<>();

    HandOver(RecoveryEngine engine, Hosts hosts, CaseJournal journal) {
        this.engine = engine;
        this.hosts = hosts;
        this.journal = journal;
    }

    void forget() {
        lookedFor.clear();
    }

    /** An instance whose new home failed too is the business of that home's case as soon as it has it on its list. */
    void handOver() {
        if (engine.cases().size() < 2) {
            return;
        }
        // By host, because a case may have hundreds of moves, and there may be a case for each of a hundred hosts.
        Map<HostId, List<Tracked>> byHost = new HashMap<>();
        for (Tracked tracked : engine.cases().values()) {
            byHost.computeIfAbsent(tracked.state.host(), _ -> new ArrayList<>()).add(tracked);
        }
        for (Tracked first : List.copyOf(engine.cases().values())) {
            for (Move move : first.state.moves()) {
                HostId destination = move.settled() ? null : move.state().destination();
                if (destination == null) {
                    continue;
                }
                for (Tracked second : byHost.getOrDefault(destination, List.of())) {
                    if (second != first) {
                        handOver(first, move, second);
                    }
                }
            }
        }
    }

    private void handOver(Tracked first, Move move, Tracked second) {
        Move theirs = second.state.move(move.id()).orElse(null);
        boolean listed = theirs != null
                && !(theirs.state() instanceof MoveState.Superseded)
                && !theirs.generation().isOlderThan(move.generation());
        // The policy of its new home's case would leave it there; who asked for it wants it moved.
        boolean toAsk = second.state.proof() == null ? !second.state.closed() : listed;
        if (move.asked() && toAsk) {
            engine.step(
                    second,
                    new CaseEvent.EvacuationAsked(
                            move.id(),
                            move.onlyIfNot(second.state.host()),
                            move.terms().leaveStopped(),
                            Actor.HOLDFAST));
        }
        if (second.state.proof() != null && listed) {
            engine.step(first, new CaseEvent.PickedUp(move.id(), second.state.id()));
        }
    }

    /**
     * The case of a silent home may be closed already, and not in memory: nothing of it was automatic, or another
     * controller closed it. It is read again, so that {@link #handOver} finds it.
     */
    void lookForClosedCases() {
        Set<HostId> silent = new HashSet<>();
        for (Tracked tracked : engine.cases().values()) {
            tracked.state
                    .active()
                    .filter(Move::overdue)
                    .map(move -> move.state().destination())
                    .filter(Objects::nonNull)
                    .forEach(silent::add);
        }
        for (HostId host : silent) {
            boolean known = engine.cases().values().stream()
                    .anyMatch(tracked -> tracked.state.host().equals(host));
            if (known || !lookedFor.add(host)) {
                continue;
            }
            engine.work("look up the last case of host " + host, () -> {
                Optional<ComputeHost> row = hosts.find(host);
                Optional<Stored> newest = journal.newest(host);
                return () -> {
                    lookedFor.remove(host);
                    boolean fenced = row.filter(now -> now.state() == HostState.FENCED
                                    && newest.filter(
                                                    last -> last.state().epoch().equals(now.epoch()))
                                            .isPresent())
                            .isPresent();
                    if (fenced && engine.openCase(host) == null) {
                        newest.ifPresent(engine::track);
                    }
                };
            });
        }
    }
}
