package io.holdfast.recovery;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal.Stored;
import io.holdfast.recovery.GuardDesk.Surroundings;
import io.holdfast.recovery.core.Armed;
import io.holdfast.recovery.core.CaseEvent;
import io.holdfast.recovery.core.CaseMachine;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.MoveState;
import io.holdfast.recovery.core.SegmentOrders;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What callers ask about a host's case or one of its instances: a word against a host, an instance to be moved, another
 * try, giving up.
 *
 * <p>Blocks on the caller's thread, any thread; what it gives to {@link RecoveryEngine#ask} runs on the owner thread, and it
 * returns when the answer is durable. Operators' standing orders are the {@link OperatorDesk}'s.
 */
final class CaseRequests {

    private final RecoveryEngine engine;
    private final Openings openings;
    private final Arrivals arrivals;
    private final SegmentId segment;
    private final Hosts hosts;
    private final Instances instances;
    private final CaseJournal journal;
    private final Verdicts verdicts;
    private final OrderBook book;
    private final SignsOfLife signs;
    private final InstantSource clock;

    CaseRequests(
            RecoveryEngine engine,
            Openings openings,
            Arrivals arrivals,
            SegmentId segment,
            Hosts hosts,
            Instances instances,
            CaseJournal journal,
            Verdicts verdicts,
            OrderBook book,
            SignsOfLife signs,
            InstantSource clock) {
        this.engine = engine;
        this.openings = openings;
        this.arrivals = arrivals;
        this.segment = segment;
        this.hosts = hosts;
        this.instances = instances;
        this.journal = journal;
        this.verdicts = verdicts;
        this.book = book;
        this.signs = signs;
        this.clock = clock;
    }

    void forceDown(HostId host, Actor by, boolean callerHasFenced, String reason) {
        engine.known(host);
        refuseIfIgnoring();
        hosts.setForcedDown(host, true, by, reason);
        String text = "force-down by " + by + (reason.isEmpty() ? "" : ": " + reason);
        takeWord(host, by, text, new CaseState.Word(by.name(), by.channel(), callerHasFenced, reason, clock.instant()));
    }

    /** Whoever only suspects is believed when nothing speaks against it, and only by a controller that trusts its own hearing. */
    Recovery.SuspicionAnswer suspect(HostId host, Actor by, String reason) {
        engine.known(host);
        refuseIfIgnoring();
        String doubt = verdicts.doubt();
        if (!doubt.isEmpty()) {
            return new Recovery.SuspicionAnswer.NotActed("this controller condemns nobody by silence now: " + doubt);
        }
        List<SignsOfLife.Sign> living = signs.of(host);
        if (!living.isEmpty()) {
            return new Recovery.SuspicionAnswer.NotActed("these signals say that host " + host + " lives: "
                    + living.stream()
                            .map(sign -> sign.signal() + " (" + sign.reading() + ")")
                            .collect(Collectors.joining(", ")));
        }
        forceDown(
                host,
                by,
                false,
                "suspected, and nothing shows that it lives" + (reason.isEmpty() ? "" : ": " + reason));
        return new Recovery.SuspicionAnswer.Condemned();
    }

    void takeWord(HostId host, Actor by, String text, CaseState.Word word) {
        ComputeHost now = engine.known(host);
        Optional<Stored> newest = journal.newest(host);
        Surroundings around = engine.surroundings();
        engine.ask(() -> {
            Tracked open = engine.openCase(host);
            if (open != null) {
                engine.step(open, new CaseEvent.WordGiven(by, word.fenced(), word.confirmedDead(), word.reason()));
            } else {
                openings.openCaseFor(
                        new Candidate(host, text, List.of("word " + text), false, true, word), now, around, newest);
            }
            return true;
        });
    }

    /** A word that nothing comes of is refused rather than forgotten. */
    void refuseIfIgnoring() {
        SegmentOrders now = book.orders(segment);
        if (now.armed() == Armed.IGNORE) {
            throw new ComputeException(
                    ComputeException.Kind.CONFLICT,
                    "segment " + segment + " is disarmed (ignore) by " + now.why() + "; arm it first");
        }
    }

    void clearForceDown(HostId host, Actor by) {
        engine.known(host);
        hosts.setForcedDown(host, false, by, "");
        engine.ask(() -> {
            Tracked open = engine.openCase(host);
            if (open == null) {
                verdicts.forget(host);
            } else {
                arrivals.neverAway(host);
                engine.step(open, new CaseEvent.WordTakenBack(by));
            }
            return true;
        });
    }

    Recovery.EvacuationAnswer evacuate(InstanceId id, @Nullable HostId target, boolean stopped, Actor by) {
        Instance instance = instances.find(id).orElse(null);
        if (instance == null || instance.goal() == InstanceGoal.DELETED || instance.actual() == ActualState.DELETED) {
            return new Recovery.EvacuationAnswer.NotFound();
        }
        HostId home = instance.home();
        if (home == null) {
            return engine.ask(() -> underWay(id)
                    .<Recovery.EvacuationAnswer>map(Recovery.EvacuationAnswer.Accepted::new)
                    .orElse(new Recovery.EvacuationAnswer.Conflict(
                            "instance " + id + " has no home that it could be moved from")));
        }
        if (target != null && target.equals(home)) {
            return new Recovery.EvacuationAnswer.Conflict(
                    "instance " + id + " is to be moved off host " + home + ", not to it");
        }
        if (target != null) {
            engine.known(target);
        }
        ComputeHost host = engine.known(home);
        Optional<Stored> newest = journal.newest(home);
        return engine.ask(() -> evacuateOnOwner(instance, host, newest, target, stopped, by));
    }

    void retry(CaseId id, Actor by) {
        Stored stored = journal.find(id)
                .orElseThrow(() -> new ComputeException(ComputeException.Kind.NOT_FOUND, "no case " + id));
        if (stored.state().closed()) {
            throw new ComputeException(
                    ComputeException.Kind.CONFLICT, "case " + id + " is closed; there is nothing to try again");
        }
        engine.ask(() -> {
            Tracked tracked = engine.tracked(id);
            if (tracked != null) {
                engine.step(tracked, new CaseEvent.RetryAsked(by));
            }
            return true;
        });
    }

    void retry(CaseId id, InstanceId instance, Actor by) {
        ofOne(
                id,
                instance,
                new CaseEvent.RetryInstanceAsked(instance, by),
                state -> CaseMachine.whyNotRetried(state, instance));
    }

    void abandon(CaseId id, InstanceId instance, Actor by, String reason) {
        ofOne(
                id,
                instance,
                new CaseEvent.AbandonInstanceAsked(instance, by, reason),
                state -> CaseMachine.whyNotAbandoned(state, instance));
    }

    /** A word about one instance of a case, refused with {@code objection}'s reason. */
    private void ofOne(
            CaseId id, InstanceId instance, CaseEvent event, Function<CaseState, @Nullable String> objection) {
        Stored stored = journal.find(id)
                .orElseThrow(() -> new ComputeException(ComputeException.Kind.NOT_FOUND, "no case " + id));
        if (stored.state().move(instance).isEmpty()) {
            throw new ComputeException(
                    ComputeException.Kind.NOT_FOUND, "case " + id + " is not about an instance " + instance);
        }
        Optional<Stored> newest = journal.newest(stored.state().host());
        Optional<String> refusal = engine.ask(() -> {
            Tracked tracked = engine.tracked(id);
            boolean isNewest =
                    newest.filter(last -> last.state().id().equals(id)).isPresent();
            if (tracked == null && isNewest && engine.openCase(stored.state().host()) == null) {
                // Closed, and about the host's last failure: it may be opened again.
                tracked = engine.track(stored);
            }
            if (tracked == null) {
                return Optional.of(
                        "another case has gone on with host " + stored.state().host());
            }
            String why = objection.apply(tracked.state);
            if (why == null) {
                engine.step(tracked, event);
            }
            return Optional.ofNullable(why);
        });
        refusal.ifPresent(why -> {
            throw new ComputeException(ComputeException.Kind.CONFLICT, "instance " + instance + ": " + why);
        });
    }

    private Recovery.EvacuationAnswer evacuateOnOwner(
            Instance instance,
            ComputeHost host,
            Optional<Stored> newest,
            @Nullable HostId target,
            boolean stopped,
            Actor by) {
        Optional<CaseId> underWay = underWay(instance.id());
        if (underWay.isPresent()) {
            return new Recovery.EvacuationAnswer.Accepted(underWay.get());
        }
        boolean down = host.state() == HostState.CONDEMNED || host.state() == HostState.FENCED;
        if (!down) {
            return new Recovery.EvacuationAnswer.HostNotDown("host " + host.id() + " is "
                    + host.state().name().toLowerCase(Locale.ROOT)
                    + ": it may be running the instance. Force it down first, if it is dead");
        }
        if (instance.goal() != InstanceGoal.RUNNING) {
            return new Recovery.EvacuationAnswer.Conflict(
                    "instance " + instance.id() + " is " + instance.goal().word()
                            + "; it gets a new home when it is "
                            + (instance.goal() == InstanceGoal.SUSPENDED ? "resumed" : "started"));
        }
        Tracked tracked = engine.openCase(host.id());
        if (tracked == null && newest.isPresent()) {
            tracked = engine.track(newest.get());
        }
        if (tracked == null || !tracked.state.epoch().equals(host.epoch()) || tracked.state.returnedAt() != null) {
            return new Recovery.EvacuationAnswer.HostNotDown(
                    "host " + host.id() + " is coming back; nothing is moved off it now");
        }
        engine.step(tracked, new CaseEvent.EvacuationAsked(instance.id(), target, stopped, by));
        boolean taken = tracked.state
                        .move(instance.id())
                        .filter(move -> !move.settled())
                        .isPresent()
                || tracked.state.requests().stream()
                        .anyMatch(request -> request.instance().equals(instance.id()));
        return taken
                ? new Recovery.EvacuationAnswer.Accepted(tracked.state.id())
                : new Recovery.EvacuationAnswer.Conflict(
                        "case " + tracked.state.id() + " is done with instance " + instance.id());
    }

    /** The open case that moves this instance now, if there is one. */
    private Optional<CaseId> underWay(InstanceId id) {
        return engine.cases().values().stream()
                .filter(tracked -> !tracked.state.closed())
                .filter(tracked -> tracked.state
                        .move(id)
                        // Whoever orders it while its consumer is asked answers for it.
                        .filter(move -> !move.settled() && !(move.state() instanceof MoveState.AwaitingSay))
                        .isPresent())
                .map(tracked -> tracked.state.id())
                .findFirst();
    }

    /** Owner thread: gives up a case, or says why not. */
    String giveUp(CaseId id, Actor by, String reason) {
        Tracked tracked = engine.tracked(id);
        String why = tracked == null ? "it is closed" : CaseMachine.whyNotAbandoned(tracked.state);
        if (tracked != null && why.isEmpty()) {
            engine.step(tracked, new CaseEvent.AbandonAsked(by, reason));
        }
        return why;
    }
}
