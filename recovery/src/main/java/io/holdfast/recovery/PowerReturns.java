package io.holdfast.recovery;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Hosts;
import io.holdfast.fencing.PowerOn;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.PowerState;
import io.holdfast.recovery.GuardDesk.Surroundings;
import io.holdfast.recovery.core.CaseCommand;
import io.holdfast.recovery.core.CaseEvent;
import io.holdfast.recovery.core.CaseEvent.PoweredOn.Power;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Guards;
import io.holdfast.recovery.core.SegmentOrders;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Carries out what a recovered case wants for the power of its host: asks what speaks against it, puts who failed too often
 * into quarantine, and has the power switched on.
 *
 * <p>Belongs to the owner thread of {@link RecoveryEngine}; devices and the store are asked in workers. What if we die here:
 * the case's row says what was wanted, and whoever leads next wants it again.
 */
final class PowerReturns {

    private final RecoveryEngine engine;
    private final Hosts hosts;
    private final GuardDesk guards;
    private final RemoteCalls remote;
    private final Workers workers;
    private final RecoverySettings settings;
    private final InstantSource clock;

    /** What is being asked or ordered, by case and key. */
    private final Set<String> underWay = new HashSet<>();

    PowerReturns(
            RecoveryEngine engine,
            Hosts hosts,
            GuardDesk guards,
            RemoteCalls remote,
            Workers workers,
            RecoverySettings settings,
            InstantSource clock) {
        this.engine = engine;
        this.hosts = hosts;
        this.guards = guards;
        this.remote = remote;
        this.workers = workers;
        this.settings = settings;
        this.clock = clock;
    }

    void forget() {
        underWay.clear();
    }

    void carryOut(Tracked tracked, CaseCommand.OfReturn command) {
        CaseState state = tracked.state;
        String key = state.id() + " " + command.key();
        LeaderEpoch leader = engine.leading();
        if (leader == null || !underWay.add(key)) {
            return;
        }
        switch (command) {
            case CaseCommand.LookAtReturn look -> look(state, seen -> answer(key, state.id(), seen));
            case CaseCommand.PowerOn on ->
                look(state, seen -> {
                    if (speaksAgainst(seen)) {
                        answer(key, state.id(), seen);
                    } else {
                        workers.run(() -> order(key, state, on.attempt(), leader));
                    }
                });
            case CaseCommand.Quarantine quarantine ->
                engine.work("put host " + state.host() + " into quarantine", () -> {
                    hosts.quarantine(state.host(), quarantine.reason(), leader);
                    return () -> answer(key, state.id(), new CaseEvent.QuarantineSet());
                });
        }
    }

    private void answer(String key, CaseId id, CaseEvent event) {
        underWay.remove(key);
        Tracked tracked = engine.tracked(id);
        if (tracked != null) {
            engine.step(tracked, event);
        }
    }

    /** The store is asked in a worker; what it says is put together on the owner thread, with what is known there. */
    private void look(CaseState state, Consumer<CaseEvent.ReturnSeen> seen) {
        engine.work("look what speaks against the power of host " + state.host(), () -> {
            Surroundings around = engine.surroundings();
            return () -> {
                engine.follow(around.orders());
                seen.accept(seen(state, around));
            };
        });
    }

    private static boolean speaksAgainst(CaseEvent.ReturnSeen seen) {
        return !seen.overtaken().isEmpty()
                || seen.quarantine() != null
                || !seen.objection().isEmpty();
    }

    private CaseEvent.ReturnSeen seen(CaseState state, Surroundings around) {
        HostId host = state.host();
        ComputeHost row = around.hosts().stream()
                .filter(one -> one.id().equals(host))
                .findFirst()
                .orElse(null);
        if (row == null) {
            return overtaken("nobody knows host " + host + " any more");
        }
        if (!row.epoch().equals(state.epoch())) {
            return overtaken(
                    "host " + host + " is at epoch " + row.epoch() + " by now, and this case ended the life before");
        }
        SegmentOrders orders = around.orders();
        String ordered = orders.disarmed()
                ? "the segment is disarmed by " + orders.why()
                : orders.maintenance() != null
                        ? "the segment is in maintenance, by " + orders.maintenance()
                        : row.maintenance() != null
                                ? "the host is in maintenance, by " + row.maintenance()
                                : row.forcedDown() ? "the host is forced down, and nobody has taken that back" : "";
        String objection = !ordered.isEmpty()
                ? ordered
                : engine.openCase(host) != null ? "a case of the host is open; it may have to be read off" : "";
        return new CaseEvent.ReturnSeen(
                "",
                row.state() != HostState.FENCED,
                row.quarantine(),
                Guards.failsTooOften(guards.failures(host), clock.instant(), settings.guards()),
                objection,
                !ordered.isEmpty());
    }

    private static CaseEvent.ReturnSeen overtaken(String reason) {
        return new CaseEvent.ReturnSeen(reason, false, null, "", "", false);
    }

    // ---- in a worker

    private void order(String key, CaseState state, int attempt, LeaderEpoch leader) {
        CompletionStage<PowerOn.Answer> asked;
        try {
            asked = remote.powerOn(new PowerOn.Wish(
                    state.host(),
                    state.epoch(),
                    state.segment(),
                    leader,
                    Actor.HOLDFAST,
                    "the case " + state.id() + " is recovered, and recovery.unfence.policy is power-on"));
        } catch (RuntimeException failed) {
            asked = CompletableFuture.failedFuture(failed);
        }
        asked.whenComplete((answer, failure) -> {
            // Without its journal the fencer orders nothing; that is nobody's failed attempt.
            CaseEvent event = failure == null
                    ? poweredOn(attempt, answer)
                    : new CaseEvent.PoweredOn(attempt, Power.NOT_NOW, CommandRunner.text(CommandRunner.cause(failure)));
            engine.post(leader, () -> answer(key, state.id(), event));
        });
    }

    private static CaseEvent poweredOn(int attempt, PowerOn.Answer answer) {
        return switch (answer) {
            case PowerOn.Answer.NotNow not -> new CaseEvent.PoweredOn(attempt, Power.NOT_NOW, not.reason());
            case PowerOn.Answer.Done done ->
                new CaseEvent.PoweredOn(
                        attempt, done.all() ? Power.ON : done.enough() ? Power.ENOUGH : Power.NOT, text(done));
        };
    }

    /** Which devices read on, and of the others what was said. */
    private static String text(PowerOn.Answer.Done done) {
        return done.devices().stream()
                .map(device -> device.name() + " reads " + device.power()
                        + (device.power() == PowerState.ON ? "" : " (" + device.detail() + ")"))
                .collect(Collectors.joining("; "));
    }
}
