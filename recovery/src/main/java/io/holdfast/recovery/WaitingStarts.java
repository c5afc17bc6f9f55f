package io.holdfast.recovery;

import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.recovery.CommandRunner.Issued;
import io.holdfast.recovery.core.CaseCommand;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Move;
import io.holdfast.recovery.core.MoveState;
import io.holdfast.recovery.core.StartQueue;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Orders to start that wait for a free place, of all cases together; which of them go is {@link StartQueue}'s. Belongs to
 * one thread. One round looks once at each instance of each case, however many orders wait.
 */
final class WaitingStarts {

    /** By the key under which they are sent, in the order they came. */
    private final Map<String, Issued> waiting = new LinkedHashMap<>();

    void add(String key, Issued issued) {
        waiting.putIfAbsent(key, issued);
    }

    void clear() {
        waiting.clear();
    }

    /**
     * Takes those out that may start now. Orders that are not wanted any more are dropped.
     *
     * @param inFlight keys of commands under way: an order among them has its place already
     */
    Map<String, Issued> next(
            List<CaseState> cases, Set<String> inFlight, LeaderEpoch leader, RecoverySettings settings) {
        if (waiting.isEmpty()) {
            return Map.of();
        }
        Map<HostId, Integer> starting = new HashMap<>();
        Map<String, StartQueue.Waiting> wanted = new HashMap<>();
        int claiming = Integer.MIN_VALUE;
        for (CaseState state : cases) {
            for (Move move : state.moves()) {
                switch (move.state()) {
                    case MoveState.Starting at -> starting.merge(at.to(), 1, Integer::sum);
                    case MoveState.Placed at ->
                        claiming = Math.max(claiming, move.terms().priority());
                    case MoveState.Claimed at -> {
                        String key =
                                state.id() + " " + new CaseCommand.Deliver(move.id(), move.generation(), at.to()).key();
                        if (inFlight.contains(key)) {
                            starting.merge(at.to(), 1, Integer::sum);
                        } else {
                            int priority = move.terms().priority();
                            wanted.put(key, new StartQueue.Waiting(key, at.to(), priority));
                        }
                    }
                    case MoveState.Active other -> {}
                    case MoveState.Settled other -> {}
                }
            }
        }
        waiting.entrySet()
                .removeIf(entry -> !wanted.containsKey(entry.getKey())
                        || !entry.getValue().leader().equals(leader));
        List<StartQueue.Waiting> inOrder =
                waiting.keySet().stream().map(wanted::get).toList();
        Map<String, Issued> next = new LinkedHashMap<>();
        for (String key : StartQueue.next(
                inOrder, starting, claiming, settings.maxStartsPerDestination(), settings.maxStartsTotal())) {
            Issued issued = waiting.remove(key);
            if (issued != null) {
                next.put(key, issued);
            }
        }
        return next;
    }
}
