package io.holdfast.recovery;

import io.holdfast.compute.Claims;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Withdrawals;
import io.holdfast.compute.Withdrawals.Relocation;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.recovery.CaseJournal.Outcome;
import io.holdfast.recovery.MoveJournal.Stored;
import io.holdfast.recovery.core.CaseEvent.Planned.PlanAnswer;
import io.holdfast.recovery.core.PlannedCommand;
import io.holdfast.recovery.core.PlannedEvent;
import io.holdfast.recovery.core.PlannedMove;
import io.holdfast.recovery.core.PlannedMoveMachine;
import io.holdfast.recovery.core.PlannedStage;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.PlacementRequest;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.store.StaleLeaderException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives the open planned moves: one command at a time for each, its answer through {@link PlannedMoveMachine}, the result
 * into the journal, and only then the next command.
 *
 * <p>Belongs to the engine's owner thread; commands and writes block in workers. What if we die here: whatever is in the
 * journal is read by whoever leads next, and its command is given again. What was not written did not happen.
 */
final class PlannedMoves {

    private static final Logger log = LoggerFactory.getLogger(PlannedMoves.class);

    private final RecoveryEngine engine;
    private final Hosts hosts;
    private final Claims claims;
    private final Withdrawals withdrawals;
    private final Scheduler scheduler;
    private final MoveJournal journal;
    private final RemoteCalls remote;
    private final Workers workers;
    private final Predicate<HostId> avoided;
    private final RecoverySettings settings;
    private final InstantSource clock;

    private final Map<InstanceId, Stored> open = new LinkedHashMap<>();

    PlannedMoves(
            RecoveryEngine engine,
            Hosts hosts,
            Claims claims,
            Withdrawals withdrawals,
            Scheduler scheduler,
            MoveJournal journal,
            RemoteCalls remote,
            Workers workers,
            RecoverySettings settings,
            InstantSource clock) {
        this.engine = engine;
        this.hosts = hosts;
        this.claims = claims;
        this.withdrawals = withdrawals;
        this.scheduler = scheduler;
        this.journal = journal;
        this.remote = remote;
        this.workers = workers;
        this.avoided = engine::avoids;
        this.settings = settings;
        this.clock = clock;
    }

    // ---- owner thread

    void forget() {
        open.clear();
    }

    /** A new leader goes on with what it found in the journal. */
    void lead(List<Stored> found) {
        found.forEach(this::take);
    }

    boolean concerns(InstanceId instance) {
        return open.containsKey(instance);
    }

    /** Open moves that nobody asked for. */
    int failbacks() {
        return (int) open.values().stream()
                .filter(stored -> stored.move().failback())
                .count();
    }

    /** A move that is in the journal: it is driven from here on. Told twice, it is driven once. */
    void take(Stored stored) {
        if (open.putIfAbsent(stored.move().instance(), stored) == null) {
            goOn(stored);
        }
    }

    /** Entered anew, or found by a new leader: its home is told at once what it would be told soon anyway. */
    private void goOn(Stored stored) {
        if (stored.move().stage() instanceof PlannedStage.Starting) {
            claims.deliver(stored.move().instance());
        }
        issue(stored);
    }

    private void issue(Stored stored) {
        PlannedCommand command = PlannedMoveMachine.command(stored.move());
        switch (command) {
            case null -> open.remove(stored.move().instance());
            case PlannedCommand.Plan plan -> answer(stored, "plan a move", () -> plan(stored.move(), plan));
            case PlannedCommand.Keep keep -> {
                LeaderEpoch leader = engine.leading();
                if (leader != null) {
                    answer(stored, "have an instance go on at its home", () -> keep(stored.move(), keep, leader));
                }
            }
            case PlannedCommand.Look _ -> answer(stored, "look at a moving instance", () -> look(stored.move()));
            case PlannedCommand.Relocate(var expected, var from, var to) ->
                relocate(
                        stored,
                        to,
                        leader -> remote.relocate(
                                stored.move().instance(), expected, from, to, leader, settings.callDeadline()));
            case PlannedCommand.Follow(var expected, var from, var to) ->
                relocate(
                        stored,
                        to,
                        leader -> remote.follow(
                                stored.move().instance(), expected, from, to, leader, settings.callDeadline()));
        }
    }

    /** Asks in a worker until there is an answer. */
    private void answer(Stored stored, String what, java.util.function.Supplier<PlannedEvent> question) {
        engine.work(what, () -> {
            PlannedEvent event = question.get();
            return () -> on(stored, event);
        });
    }

    private void on(Stored asked, PlannedEvent event) {
        Stored now = open.get(asked.move().instance());
        if (now == null || !asked.equals(now)) {
            return;
        }
        PlannedMoveMachine.Step step = PlannedMoveMachine.step(now.move(), event, clock.instant(), settings);
        if (step.next().equals(now.move())) {
            again(now);
            return;
        }
        log.info(
                "instance {}: planned move {} -> {} (home {})",
                now.move().instance(),
                now.move().stage().word(),
                step.next().stage().word(),
                step.next().at());
        write(now, step);
    }

    /** Nothing new: the same is asked again in a moment. */
    private void again(Stored stored) {
        LeaderEpoch leader = engine.leading();
        if (leader == null) {
            return;
        }
        workers.runAfter(
                settings.scanInterval(),
                () -> engine.post(leader, () -> {
                    if (stored.equals(open.get(stored.move().instance()))) {
                        issue(stored);
                    }
                }));
    }

    private void write(Stored before, PlannedMoveMachine.Step step) {
        LeaderEpoch leader = engine.leading();
        if (leader == null) {
            return;
        }
        List<Fact> facts = step.notices().stream()
                .map(notice -> fact(step.next(), notice, clock.instant()))
                .toList();
        Stored next = new Stored(step.next(), before.version() + 1);
        engine.work("write a planned move", () -> {
            Outcome outcome = journal.write(leader, step.next(), before.version(), facts);
            // It may be our own write whose answer was lost.
            boolean kept = outcome == Outcome.DONE
                    || (outcome == Outcome.CONFLICT
                            && journal.find(step.next().id())
                                    .filter(next::equals)
                                    .isPresent());
            return () -> written(before, next, kept ? Outcome.DONE : outcome, leader);
        });
    }

    private void written(Stored before, Stored next, Outcome outcome, LeaderEpoch leader) {
        if (outcome == Outcome.STALE_LEADER) {
            engine.depose(leader);
            return;
        }
        if (!before.equals(open.get(before.move().instance()))) {
            // Two answers to one question: the first of them was written, and the move goes on from there.
            return;
        }
        if (outcome == Outcome.CONFLICT) {
            readAgain(before);
            return;
        }
        open.put(next.move().instance(), next);
        if (next.move().stage() instanceof PlannedStage.Starting
                && before.move().stage() instanceof PlannedStage.Starting) {
            issue(next);
        } else {
            goOn(next);
        }
    }

    /**
     * Somebody else has written it although we lead: a write of an earlier leader that was on its way, or a hand in the
     * database. What we had decided was never durable and nothing of it has left, so it is dropped, and what the journal
     * says holds. Only to forget the move would leave its owner without an answer when the other one goes no further.
     */
    private void readAgain(Stored before) {
        engine.work("read a planned move again", () -> {
            Optional<Stored> found = journal.find(before.move().id());
            return () -> goOnFrom(before, found);
        });
    }

    private void goOnFrom(Stored before, Optional<Stored> found) {
        InstanceId instance = before.move().instance();
        if (!before.equals(open.get(instance))) {
            return;
        }
        Stored now = found.filter(stored ->
                        stored.version() > before.version() && !stored.move().settled())
                .orElse(null);
        log.warn(
                "instance {}: its planned move was written by somebody else at version {}; what was decided here at version"
                        + " {} is dropped, {}",
                instance,
                found.map(Stored::version).orElse(0L),
                before.version(),
                now == null
                        ? "and it is not followed any more"
                        : "and it goes on from " + now.move().stage().word());
        if (now == null) {
            open.remove(instance);
        } else {
            open.put(instance, now);
            goOn(now);
        }
    }

    private static Fact fact(PlannedMove move, PlannedMoveMachine.Notice notice, Instant at) {
        // Told twice, it is recognised.
        UUID id = UUID.nameUUIDFromBytes((move.id() + "/" + notice.seq()).getBytes(StandardCharsets.UTF_8));
        return new Fact(id, notice.type(), "instance/" + move.instance(), move.project(), at, notice.data());
    }

    // ---- in workers

    private PlannedEvent plan(PlannedMove move, PlannedCommand.Plan plan) {
        Instance instance = claims.find(move.instance()).orElse(null);
        if (instance == null) {
            // Whatever it says, the next look finds that it is gone.
            return new PlannedEvent.Planned(null, "it is not there any more");
        }
        List<PlacementRequest> requests =
                List.of(new PlacementRequest(instance.id(), instance.resources(), null, plan.only(), plan.excluded()));
        List<HostSnapshot> snapshots = HostSnapshots.of(hosts, avoided);
        HostSnapshots.Asked asked = HostSnapshots.asked(claims, requests, snapshots);
        return planned(
                scheduler.place(snapshots, asked.groups(), asked.requests()).getFirst());
    }

    private static PlannedEvent planned(io.holdfast.scheduler.Placement placement) {
        PlanAnswer answer = CommandRunner.answer(placement);
        return new PlannedEvent.Planned(answer.host(), answer.reason());
    }

    private PlannedEvent keep(PlannedMove move, PlannedCommand.Keep keep, LeaderEpoch leader) {
        return event(move, move.at(), withdrawals.keep(move.instance(), keep.expected(), keep.home(), leader));
    }

    /** What there is to be heard of an answer; when it says that things are not as they were, how they are. */
    private PlannedEvent event(PlannedMove move, HostId to, Relocation answer) {
        return switch (answer) {
            case Relocation.Relocated moved -> new PlannedEvent.Relocated(to, moved.generation());
            case Relocation.Kept kept -> new PlannedEvent.Kept(kept.generation(), kept.reason());
            case Relocation.NotConfirmed not -> new PlannedEvent.NotConfirmed(not.reason());
            case Relocation.Conflict _ -> look(move);
        };
    }

    private PlannedEvent look(PlannedMove move) {
        Optional<Instance> found = claims.find(move.instance());
        if (found.isEmpty()) {
            return PlannedEvent.Seen.gone();
        }
        Instance instance = found.get();
        HostId home = instance.home();
        boolean down = home != null
                && hosts.find(home)
                        .map(ComputeHost::state)
                        .filter(state -> state == HostState.CONDEMNED || state == HostState.FENCED)
                        .isPresent();
        return new PlannedEvent.Seen(
                instance.goal(),
                instance.actual(),
                home,
                instance.generation(),
                instance.fault() == null ? "" : instance.fault(),
                down);
    }

    // ---- the home is asked, which takes its time

    private void relocate(Stored stored, HostId to, Function<LeaderEpoch, CompletionStage<Relocation>> call) {
        LeaderEpoch leader = engine.leading();
        if (leader != null) {
            workers.run(() -> relocate(stored, to, call, leader, settings.callBackoff()));
        }
    }

    private void relocate(
            Stored stored,
            HostId to,
            Function<LeaderEpoch, CompletionStage<Relocation>> call,
            LeaderEpoch leader,
            Duration backoff) {
        if (!engine.stillLeads(leader)) {
            // Perhaps for a moment only: then the move would wait for this answer for ever.
            engine.post(
                    leader,
                    () -> workers.runAfter(
                            backoff, () -> relocate(stored, to, call, leader, RecoveryEngine.longer(backoff))));
            return;
        }
        PlannedMove move = stored.move();
        CompletionStage<Relocation> asked;
        try {
            asked = call.apply(leader);
        } catch (RuntimeException failed) {
            asked = CompletableFuture.failedFuture(failed);
        }
        asked.whenComplete((answer, failure) -> {
            if (failure == null) {
                engine.post(leader, () -> answer(stored, "look at a moving instance", () -> event(move, to, answer)));
            } else if (CommandRunner.cause(failure) instanceof StaleLeaderException) {
                engine.post(leader, () -> engine.depose(leader));
            } else {
                log.warn(
                        "instance {}: could not ask its home to let it go, tried again: {}",
                        move.instance(),
                        CommandRunner.text(CommandRunner.cause(failure)));
                workers.runAfter(backoff, () -> relocate(stored, to, call, leader, RecoveryEngine.longer(backoff)));
            }
        });
    }
}
