package io.holdfast.recovery;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.Claims;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.Instances;
import io.holdfast.compute.Withdrawals;
import io.holdfast.membership.Evidence;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.Signal;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.ProjectId;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal.Outcome;
import io.holdfast.recovery.CaseJournal.Stored;
import io.holdfast.recovery.CommandRunner.Issued;
import io.holdfast.recovery.GuardDesk.Silence;
import io.holdfast.recovery.GuardDesk.Surroundings;
import io.holdfast.recovery.core.Armed;
import io.holdfast.recovery.core.CaseCommand;
import io.holdfast.recovery.core.CaseEvent;
import io.holdfast.recovery.core.CaseMachine;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.CaseState.Affected;
import io.holdfast.recovery.core.CaseStep;
import io.holdfast.recovery.core.Guard;
import io.holdfast.recovery.core.Guards;
import io.holdfast.recovery.core.Move;
import io.holdfast.recovery.core.MoveState;
import io.holdfast.recovery.core.Phase;
import io.holdfast.recovery.core.SegmentOrders;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.store.StaleLeaderException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drives the cases of one segment: takes events, runs {@link CaseMachine}, makes the result durable, and only then lets
 * the commands leave.
 *
 * <p><b>Threads.</b> One owner thread ({@code recovery-<segment>}) has all cases and an inbox; nothing else touches them.
 * Commands block, so each runs in a virtual thread of its own, and its answer comes back through the inbox. The owner
 * itself waits for one thing only: the journal. That is meant. Without the journal nothing may be decided, so there is
 * nothing else it could do; and what must not wait, the notice of a suspicion, does not come by here: it is told on the
 * caller's thread, from memory.
 *
 * <p><b>Level-triggered.</b> Whatever is woken by an event also happens at the next scan. Commands that got no answer are
 * sent again at the deadline in their state.
 *
 * <p><b>What if we die here.</b> At every point there is a row in the journal from which {@link CaseMachine#resume} names
 * what is open. A step that was not written did not happen; its event comes again, from membership or from the deadline.
 *
 * <p><b>Leadership.</b> Without an epoch nothing is decided or sent. With another epoch than before, everything in memory
 * is dropped and read again from the journal. When the store says that somebody was elected later, this engine stops until
 * it is given a newer epoch.
 */
public final class RecoveryEngine implements Recovery, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RecoveryEngine.class);

    /** Events handled before the journal is written; a burst costs one write, and no event waits long. */
    private static final int BATCH = 128;

    private static final String LEFT =
            "its agent took its leave on purpose: nothing is concluded from its silence, no case"
                    + " is opened, and its instances stay where they are";

    private static final String LOOK_FOR_ROOM = "look for room";

    /** Until then the group has missed a host that was proven dead, whatever its lease says. */
    private static final Duration LEASE_OUTLIVES = Duration.ofSeconds(15);

    private static final Duration BACKOFF_MAX = Duration.ofSeconds(5);

    private static final Duration SHORTEST_WAIT = Duration.ofMillis(1);

    private final SegmentId segment;
    private final Supplier<Optional<LeaderEpoch>> leadership;
    private final Hosts hosts;
    private final Instances instances;
    private final CaseJournal journal;
    private final ImmediateNotices notices;
    private final Verdicts verdicts;
    private final OrderBook book;
    private final OperatorDesk desk;
    private final RecoverySettings settings;
    private final InstantSource clock;
    private final CommandRunner runner;

    private final LinkedBlockingDeque<Runnable> inbox = new LinkedBlockingDeque<>();
    private final Workers workers;
    private final RemoteCalls remote;
    private final Supplier<UUID> ids;
    private final Thread owner;

    /** Touched by the caller of {@link #onMembership} and read by planners: concurrent, because a suspicion cannot wait. */
    private final Map<HostId, Suspicion> suspicions = new ConcurrentHashMap<>();
    /** Shut down on purpose: nobody's failure, and nobody's new home. */
    private final Set<HostId> departed = ConcurrentHashMap.newKeySet();

    private final InstanceIndex index = new InstanceIndex();

    // ---- from here on: the owner thread's alone

    /** Open cases, and closed ones for as long as something about them is being written or admitted. */
    private final Map<CaseId, Tracked> cases = new LinkedHashMap<>();

    /** Commands under way, by case and key. */
    private final Set<String> inFlight = new HashSet<>();

    private final WaitingStarts deliveries = new WaitingStarts();

    private final Map<HostId, HostRegistration> present = new HashMap<>();
    private final Map<HostId, Admission> admissions = new HashMap<>();
    private final Set<HostId> opening = new HashSet<>();

    /** Hosts whose last case is being read. */
    private final Set<HostId> lookedFor = new HashSet<>();

    private final RoomWatch room = new RoomWatch();

    private final List<Fact> untold = new ArrayList<>();
    private final List<Promise> promises = new ArrayList<>();
    private @Nullable LeaderEpoch leading;
    private @Nullable LeaderEpoch deposed;
    private Instant nextScan = Instant.MIN;

    /** What the journal has not taken yet. Until it is known what became of it, nothing is heard and nothing leaves. */
    private @Nullable Unwritten unwritten;

    /** When the journal, which is away, is tried again; null while it is not known to be away. */
    private @Nullable Instant journalAt;

    private Duration journalBackoff;

    private final GuardDesk guards = new GuardDesk(this::openState, this::suspectedSince);

    /** Hosts whose verdict was noted and not followed; noted once. */
    private final Set<HostId> ignored = new HashSet<>();

    /** Hosts in quarantine, and since when they have been well. */
    private final Map<HostId, Instant> quarantined = new HashMap<>();

    /** Cases whose host came back, and whose next order to isolate it must not leave. Read by the runner's threads. */
    private final Set<CaseId> back = ConcurrentHashMap.newKeySet();

    private volatile SegmentOrders orders = SegmentOrders.NONE;

    private volatile String trouble = "";
    private volatile boolean closing;
    private volatile boolean indexed;

    /**
     * @param leadership the epoch at which this process leads the segment, or empty; must not block
     * @param clock wall time
     */
    public RecoveryEngine(
            SegmentId segment,
            Supplier<Optional<LeaderEpoch>> leadership,
            Hosts hosts,
            Claims claims,
            Withdrawals withdrawals,
            Instances instances,
            Fencing fencing,
            Scheduler scheduler,
            CaseJournal journal,
            ImmediateNotices notices,
            Verdicts verdicts,
            OrderBook book,
            SignsOfLife signs,
            RecoverySettings settings,
            InstantSource clock) {
        this(
                segment,
                leadership,
                hosts,
                claims,
                withdrawals,
                instances,
                fencing,
                scheduler,
                journal,
                notices,
                verdicts,
                book,
                signs,
                settings,
                clock,
                Workers.virtualThreads(),
                RemoteCalls.blocking(fencing, hosts, withdrawals),
                UUID::randomUUID);
    }

    /**
     * For whoever owns the time: without {@link #start}, each call of {@link #turn} is one round of the owner thread, and
     * the blocking calls run wherever {@code workers} runs them.
     *
     * @param remote what takes its time outside the store
     * @param ids names for new cases and facts, never the same twice
     */
    public RecoveryEngine(
            SegmentId segment,
            Supplier<Optional<LeaderEpoch>> leadership,
            Hosts hosts,
            Claims claims,
            Withdrawals withdrawals,
            Instances instances,
            Fencing fencing,
            Scheduler scheduler,
            CaseJournal journal,
            ImmediateNotices notices,
            Verdicts verdicts,
            OrderBook book,
            SignsOfLife signs,
            RecoverySettings settings,
            InstantSource clock,
            Workers workers,
            RemoteCalls remote,
            Supplier<UUID> ids) {
        this.workers = workers;
        this.remote = remote;
        this.ids = ids;
        this.segment = segment;
        this.leadership = leadership;
        this.hosts = hosts;
        this.instances = instances;
        this.journal = journal;
        this.notices = notices;
        this.verdicts = verdicts;
        this.book = book;
        this.desk = new OperatorDesk(
                this, segment, leadership, hosts, claims, fencing, scheduler, journal, book, signs, settings, clock);
        this.settings = settings;
        this.clock = clock;
        this.journalBackoff = settings.callBackoff();
        this.runner = new CommandRunner(
                hosts,
                claims,
                withdrawals,
                instances,
                fencing,
                scheduler,
                this::suspects,
                this::calledOff,
                settings,
                remote,
                workers);
        this.owner =
                Thread.ofPlatform().name("recovery-" + segment).daemon(true).unstarted(this::loop);
    }

    /** Begins to listen and, as soon as this process leads, goes on with every open case. */
    public void start() {
        listen();
        owner.start();
    }

    /** Hears of every change of an instance, and reads what there was before. */
    public void listen() {
        instances.addListener(this::onInstance);
        work("load the instance index", this::loadIndex);
    }

    /** Stops deciding. Calls under way are interrupted; whoever leads next goes on from the journal. */
    @Override
    public void close() {
        closing = true;
        inbox.add(() -> {});
        owner.interrupt();
        workers.close();
        try {
            if (owner.isAlive() && !owner.equals(Thread.currentThread())) {
                owner.join(Duration.ofSeconds(5));
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What keeps recovery from working, for the health page; empty when nothing does. */
    public String trouble() {
        return trouble;
    }

    /** Whether owners can be told of a suspicion from memory: everything that lived before the start has been read. */
    public boolean indexed() {
        return indexed;
    }

    /** Whether membership suspects the host now, or it has taken its leave. Any thread; never blocks. */
    public boolean suspects(HostId host) {
        return suspicions.containsKey(host) || departed.contains(host);
    }

    /** This process was elected or deposed: saves waiting for the next scan. Any thread; never blocks. */
    public void onLeadershipChanged() {
        inbox.add(() -> {});
    }

    /** What membership concludes. Any thread; never blocks. Suspicions have been told when it returns. */
    public void onMembership(MembershipEvent event) {
        boolean leads = leadership.get().isPresent();
        switch (event) {
            case MembershipEvent.Suspected e -> {
                suspicions.putIfAbsent(e.host(), new Suspicion(e.at(), e.evidence()));
                inbox.add(() -> quarantined.computeIfPresent(e.host(), (host, since) -> e.at()));
                tellNow(leads, e.host(), e.at(), "suspected", "suspected: a signal is missing", e.evidence());
            }
            case MembershipEvent.Cleared e -> {
                suspicions.remove(e.host());
                tellNow(leads, e.host(), e.at(), "cleared", "the suspicion proved wrong", e.evidence());
                inbox.add(() -> cleared(e));
            }
            case MembershipEvent.Degraded e -> {
                suspicions.remove(e.host());
                tellNow(leads, e.host(), e.at(), "degraded", e.reason(), e.evidence());
            }
            case MembershipEvent.Held e -> {
                tellNow(leads, e.host(), e.at(), "held", e.reason(), e.evidence());
                inbox.add(() -> note(e.host(), "held", "observer: " + e.reason()));
            }
            case MembershipEvent.Lost e -> {
                suspicions.putIfAbsent(e.host(), new Suspicion(e.at(), e.evidence()));
                Optional<LeaderEpoch> heardAt = leadership.get();
                inbox.add(() -> lost(e, heardAt.orElse(null)));
            }
            case MembershipEvent.Joined e -> {
                suspicions.remove(e.host());
                departed.remove(e.host());
                inbox.add(() -> joined(e));
            }
            case MembershipEvent.Left e -> {
                suspicions.remove(e.host());
                departed.add(e.host());
                inbox.add(() -> {
                    present.remove(e.host());
                    admissions.remove(e.host());
                    ignored.remove(e.host());
                    note(e.host(), "left", LEFT);
                });
                tellNow(leads, e.host(), e.at(), "left", LEFT, List.of());
            }
        }
    }

    // ---- Recovery

    @Override
    public List<CaseView> cases(@Nullable HostId host, @Nullable Boolean open, int limit) {
        return journal.list(host, open, limit).stream()
                .map(stored -> CaseViews.of(stored.state(), List.of()))
                .toList();
    }

    @Override
    public Optional<CaseView> find(CaseId id) {
        return journal.find(id).map(stored -> CaseViews.of(stored.state(), journal.timeline(id)));
    }

    @Override
    public void forceDown(HostId host, Actor by, boolean callerHasFenced, String reason) {
        known(host);
        refuseIfIgnoring();
        hosts.setForcedDown(host, true, by, reason);
        String text = "force-down by " + by + (reason.isEmpty() ? "" : ": " + reason);
        takeWord(host, by, text, new CaseState.Word(by.name(), by.channel(), callerHasFenced, reason, clock.instant()));
    }

    void takeWord(HostId host, Actor by, String text, CaseState.Word word) {
        ComputeHost now = known(host);
        Optional<Stored> newest = journal.newest(host);
        Surroundings around = surroundings();
        ask(() -> {
            Tracked open = openCase(host);
            if (open != null) {
                step(open, new CaseEvent.WordGiven(by, word.fenced(), word.confirmedDead(), word.reason()));
            } else {
                openCaseFor(new Candidate(host, text, List.of("word " + text), false, true, word), now, around, newest);
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

    @Override
    public void clearForceDown(HostId host, Actor by) {
        known(host);
        hosts.setForcedDown(host, false, by, "");
        ask(() -> {
            Tracked open = openCase(host);
            if (open == null) {
                verdicts.forget(host);
            } else {
                neverAway(host);
                step(open, new CaseEvent.WordTakenBack(by));
            }
            return true;
        });
    }

    @Override
    public EvacuationAnswer evacuate(InstanceId id, @Nullable HostId target, Actor by) {
        Instance instance = instances.find(id).orElse(null);
        if (instance == null || instance.goal() == InstanceGoal.DELETED || instance.actual() == ActualState.DELETED) {
            return new EvacuationAnswer.NotFound();
        }
        HostId home = instance.home();
        if (home == null) {
            return ask(() -> underWay(id)
                    .<EvacuationAnswer>map(EvacuationAnswer.Accepted::new)
                    .orElse(new EvacuationAnswer.Conflict(
                            "instance " + id + " has no home that it could be moved from")));
        }
        if (target != null && target.equals(home)) {
            return new EvacuationAnswer.Conflict("instance " + id + " is to be moved off host " + home + ", not to it");
        }
        if (target != null) {
            known(target);
        }
        ComputeHost host = known(home);
        Optional<Stored> newest = journal.newest(home);
        return ask(() -> evacuateOnOwner(instance, host, newest, target, by));
    }

    @Override
    public void confirmDead(HostId host, Actor by, String reason, Set<String> overridden) {
        desk.confirmDead(host, by, reason, overridden);
    }

    @Override
    public void abandon(CaseId id, Actor by, String reason) {
        desk.abandon(id, by, reason);
    }

    @Override
    public void maintenance(HostId host, boolean on, Actor by, String reason) {
        desk.maintenance(host, on, by, reason);
    }

    @Override
    public void maintenance(SegmentId id, boolean on, Actor by, String reason) {
        desk.maintenance(id, on, by, reason);
    }

    @Override
    public void arm(SegmentId id, Armed mode, Actor by, String reason) {
        desk.arm(id, mode, by, reason);
    }

    @Override
    public void release(HostId host, Actor by) {
        desk.release(host, by);
    }

    @Override
    public SegmentOrders orders(SegmentId id) {
        return desk.orders(id);
    }

    @Override
    public List<OrderBook.Note> notes(HostId host, int limit) {
        return desk.notes(host, limit);
    }

    @Override
    public WhatIf whatIf(List<HostId> failed, boolean powerOff) {
        return desk.whatIf(failed, powerOff);
    }

    /** Owner thread: gives up a case, or says why not. */
    String giveUp(CaseId id, Actor by, String reason) {
        Tracked tracked = cases.get(id);
        String why = tracked == null ? "it is closed" : CaseMachine.whyNotAbandoned(tracked.state);
        if (tracked != null && why.isEmpty()) {
            step(tracked, new CaseEvent.AbandonAsked(by, reason));
        }
        return why;
    }

    /** Owner thread: what holds cases of this host may be over, or begin. */
    void maintenanceChanged(HostId host, String text, boolean on) {
        note(host, "maintenance", text);
        tell("host.maintenance", "host/" + host, ordered(host, text, on));
        Tracked open = openCase(host);
        if (open != null) {
            step(open, new CaseEvent.Noted("maintenance", text));
        }
        reviewHolds();
    }

    /** Owner thread: a fact that goes out with the next write. */
    void tell(String type, String subject, Map<String, Object> data) {
        untold.add(fact(type, subject, null, clock.instant(), data));
    }

    /** Owner thread: what the guards say of these hosts, as if they fell silent (or lost their power) one after the other now. */
    List<Guards.Review> reviewTogether(List<ComputeHost> rows, GuardDesk.Surroundings around, boolean powerOff) {
        Set<HostId> together = new HashSet<>();
        rows.forEach(row -> together.add(row.id()));
        Silence silence = new Silence(clock.instant(), powerOff, false);
        List<Guards.Review> said = new ArrayList<>();
        int condemned = openUnheld(null);
        for (ComputeHost row : rows) {
            Guards.Review review = Guards.review(
                    guards.situation(row, silence, around, condemned, powerOff ? Set.of() : together, clock.instant()),
                    settings);
            condemned += review.decision() == Guard.Decision.ACT ? 1 : 0;
            said.add(review);
        }
        return said;
    }

    @Override
    public void retry(CaseId id, Actor by) {
        Stored stored = journal.find(id)
                .orElseThrow(() -> new ComputeException(ComputeException.Kind.NOT_FOUND, "no case " + id));
        if (stored.state().closed()) {
            throw new ComputeException(
                    ComputeException.Kind.CONFLICT, "case " + id + " is closed; there is nothing to try again");
        }
        ask(() -> {
            Tracked tracked = cases.get(id);
            if (tracked != null) {
                step(tracked, new CaseEvent.RetryAsked(by));
            }
            return true;
        });
    }

    @Override
    public void retry(CaseId id, InstanceId instance, Actor by) {
        ofOne(
                id,
                instance,
                new CaseEvent.RetryInstanceAsked(instance, by),
                state -> CaseMachine.whyNotRetried(state, instance));
    }

    @Override
    public void abandon(CaseId id, InstanceId instance, Actor by, String reason) {
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
        Optional<String> refusal = ask(() -> {
            Tracked tracked = cases.get(id);
            boolean isNewest =
                    newest.filter(last -> last.state().id().equals(id)).isPresent();
            if (tracked == null && isNewest && openCase(stored.state().host()) == null) {
                // Closed, and about the host's last failure: it may be opened again.
                tracked = track(stored);
            }
            if (tracked == null) {
                return Optional.of(
                        "another case has gone on with host " + stored.state().host());
            }
            String why = objection.apply(tracked.state);
            if (why == null) {
                step(tracked, event);
            }
            return Optional.ofNullable(why);
        });
        refusal.ifPresent(why -> {
            throw new ComputeException(ComputeException.Kind.CONFLICT, "instance " + instance + ": " + why);
        });
    }

    private EvacuationAnswer evacuateOnOwner(
            Instance instance, ComputeHost host, Optional<Stored> newest, @Nullable HostId target, Actor by) {
        Optional<CaseId> underWay = underWay(instance.id());
        if (underWay.isPresent()) {
            return new EvacuationAnswer.Accepted(underWay.get());
        }
        boolean down = host.state() == HostState.CONDEMNED || host.state() == HostState.FENCED;
        if (!down) {
            return new EvacuationAnswer.HostNotDown("host " + host.id() + " is "
                    + host.state().name().toLowerCase(Locale.ROOT)
                    + ": it may be running the instance. Force it down first, if it is dead");
        }
        if (instance.goal() != InstanceGoal.RUNNING) {
            return new EvacuationAnswer.Conflict(
                    "instance " + instance.id() + " is stopped; it gets a new home when it is started");
        }
        Tracked tracked = openCase(host.id());
        if (tracked == null && newest.isPresent()) {
            tracked = track(newest.get());
        }
        if (tracked == null || !tracked.state.epoch().equals(host.epoch()) || tracked.state.returnedAt() != null) {
            return new EvacuationAnswer.HostNotDown(
                    "host " + host.id() + " is coming back; nothing is moved off it now");
        }
        step(tracked, new CaseEvent.EvacuationAsked(instance.id(), target, by));
        boolean taken = tracked.state
                        .move(instance.id())
                        .filter(move -> !move.settled())
                        .isPresent()
                || tracked.state.requests().stream()
                        .anyMatch(request -> request.instance().equals(instance.id()));
        return taken
                ? new EvacuationAnswer.Accepted(tracked.state.id())
                : new EvacuationAnswer.Conflict(
                        "case " + tracked.state.id() + " is done with instance " + instance.id());
    }

    /** The open case that moves this instance now, if there is one. */
    private Optional<CaseId> underWay(InstanceId id) {
        return cases.values().stream()
                .filter(tracked -> !tracked.state.closed())
                .filter(tracked ->
                        tracked.state.move(id).filter(move -> !move.settled()).isPresent())
                .map(tracked -> tracked.state.id())
                .findFirst();
    }

    ComputeHost known(HostId host) {
        return hosts.find(host)
                .orElseThrow(() -> new ComputeException(ComputeException.Kind.NOT_FOUND, "no host " + host));
    }

    /** What the guards need of the store. Blocks. */
    Surroundings surroundings() {
        return new Surroundings(
                hosts.list().stream()
                        .filter(host -> host.segment().equals(segment))
                        .toList(),
                book.orders(segment));
    }

    private @Nullable CaseState openState(HostId host) {
        Tracked open = openCase(host);
        return open == null ? null : open.state;
    }

    private @Nullable Instant suspectedSince(HostId host) {
        Suspicion suspicion = suspicions.get(host);
        return suspicion == null ? null : suspicion.at();
    }

    private int openUnheld(@Nullable CaseId but) {
        return (int) cases.values().stream()
                .filter(tracked -> !tracked.state.closed() && !(tracked.state.phase() instanceof Phase.Held))
                .filter(tracked -> !tracked.state.id().equals(but))
                .count();
    }

    // ---- orders

    /** From now on these orders hold. Cases that stood still go on, and those that are under way stand still. */
    void follow(SegmentOrders next) {
        SegmentOrders before = orders;
        orders = next;
        if (before.equals(next)) {
            return;
        }
        log.info("segment {}: orders {} -> {}", segment, before, next);
        boolean stop = next.disarmed() && !before.disarmed();
        boolean go = !next.disarmed() && before.disarmed();
        for (Tracked tracked : List.copyOf(cases.values())) {
            boolean moving = !tracked.state.closed() && !(tracked.state.phase() instanceof Phase.Held);
            if (moving && stop) {
                step(
                        tracked,
                        new CaseEvent.Noted(
                                "frozen",
                                "the segment is disarmed ("
                                        + next.armed().name().toLowerCase(Locale.ROOT) + ") by " + next.why()
                                        + ": this case stands still, and what has left already is finished"));
            } else if (moving && go) {
                step(tracked, new CaseEvent.Noted("goes-on", "the segment is armed again by " + next.why()));
                tracked.commands.addAll(CaseMachine.resume(tracked.state));
            }
        }
        ignored.clear();
        reviewHolds();
    }

    private void reviewHolds() {
        for (Tracked tracked : cases.values()) {
            if (tracked.state.phase() instanceof Phase.Held) {
                tracked.commands.add(new CaseCommand.ReviewHold());
            }
        }
    }

    /** Whether the segment's orders keep this case where it is. A held case is looked at all the same. */
    private boolean standsStill(Tracked tracked) {
        return orders.disarmed()
                && !tracked.state.closed()
                && !(tracked.state.phase() instanceof Phase.Held)
                && !(tracked.state.phase() instanceof Phase.Pardoning);
    }

    /** What may leave while the segment is disarmed: reading, and taking a condemnation back. */
    private static boolean harmless(CaseCommand command) {
        return command instanceof CaseCommand.ReviewHold
                || command instanceof CaseCommand.Look
                || command instanceof CaseCommand.Pardon;
    }

    private String calledOff(CaseId id) {
        if (back.contains(id)) {
            return "the host is back";
        }
        SegmentOrders now = orders;
        return now.disarmed() ? "the segment is disarmed by " + now.why() : "";
    }

    private void note(HostId host, String kind, String text) {
        if (leading == null) {
            return;
        }
        OrderBook.Note note = new OrderBook.Note(clock.instant(), kind, text);
        work("note a decision about host " + host, () -> {
            book.note(host, note);
            return null;
        });
    }

    private static Map<String, Object> ordered(HostId host, String text, boolean on) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("host", host.value());
        data.put("reason", text);
        data.put("on", on);
        return data;
    }

    void released(HostId host, String reason) {
        quarantined.remove(host);
        note(host, "released", reason);
        untold.add(fact("host.released", "host/" + host, null, clock.instant(), ordered(host, reason, false)));
        log.info("host {}: {}", host, reason);
        List.copyOf(cases.values())
                .forEach(tracked ->
                        step(tracked, new CaseEvent.CapacityChanged("host " + host + " takes claims again")));
    }

    /** A host in quarantine that was well for long enough needs nobody to say so. */
    private void releaseTheHealthy() {
        Instant now = clock.instant();
        for (Map.Entry<HostId, Instant> entry : quarantined.entrySet()) {
            HostId host = entry.getKey();
            if (suspects(host) || openCase(host) != null) {
                entry.setValue(now);
            } else if (!now.isBefore(entry.getValue().plus(settings.guards().healthyPeriod()))) {
                entry.setValue(now);
                work("release host " + host + " from quarantine", () -> {
                    hosts.release(host);
                    return () -> released(
                            host,
                            "released from quarantine: it was well for "
                                    + settings.guards().healthyPeriod().toMinutes() + " min");
                });
            }
        }
    }

    /** Asks the owner thread, and returns when the answer is durable. */
    <T> T ask(Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        inbox.add(() -> {
            if (leading == null) {
                answer.completeExceptionally(new RecoveryUnavailable(
                        "this controller does not lead segment " + segment + " now; ask the one that does"));
                return;
            }
            T value = question.get();
            promises.add(new Promise(() -> answer.complete(value), answer::completeExceptionally));
        });
        try {
            return workers.await(answer, settings.callDeadline());
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof RuntimeException cause
                    ? cause
                    : new IllegalStateException(failed.getCause());
        } catch (TimeoutException late) {
            throw new RecoveryUnavailable(
                    "recovery could not make it durable within "
                            + settings.callDeadline().toSeconds() + " s; it may still happen"
                            + (trouble.isEmpty() ? "" : " (" + trouble + ")"),
                    late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for recovery", interrupted);
        }
    }

    // ---- telling at once

    private void tellNow(boolean leads, HostId host, Instant at, String what, String reason, List<Evidence> evidence) {
        if (!leads) {
            return;
        }
        Suspicion suspicion = suspicions.get(host);
        List<Fact> facts = new ArrayList<>();
        facts.add(fact("host." + what, "host/" + host, null, at, data(host, reason, evidence, suspicion, at)));
        if (!what.equals("held") && !what.equals("left")) {
            for (Affected who : index.at(host)) {
                Map<String, Object> data = data(host, reason, evidence, suspicion, at);
                data.put("instanceId", who.id().toString());
                data.put("name", who.name());
                data.put("policy", who.policy().name());
                facts.add(fact("instance." + what, "instance/" + who.id(), who.project(), at, data));
            }
        }
        notices.tell(List.copyOf(facts));
        inbox.add(() -> untold.addAll(facts));
        log.info("host {}: {} ({}), {} owners told", host, what, reason, facts.size() - 1);
    }

    private static Map<String, Object> data(
            HostId host, String reason, List<Evidence> evidence, @Nullable Suspicion suspicion, Instant at) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("host", host.value());
        data.put("reason", reason);
        data.put("evidence", lines(evidence));
        if (suspicion != null) {
            data.put("suspectedAt", suspicion.at().toString());
            data.put(
                    "sinceSuspicionMillis", Duration.between(suspicion.at(), at).toMillis());
        }
        return data;
    }

    private Fact fact(String type, String subject, @Nullable ProjectId project, Instant at, Map<String, Object> data) {
        return new Fact(ids.get(), type, subject, project, at, data);
    }

    private static List<String> lines(List<Evidence> evidence) {
        return evidence.stream()
                .map(item -> item.signal().name().toLowerCase(Locale.ROOT) + " " + item.reading())
                .toList();
    }

    private void onInstance(@Nullable Instance before, Instance after) {
        index.put(after);
        CaseEvent.Seen seen = CaseEvent.Seen.of(after);
        inbox.add(() -> seen(seen));
    }

    private @Nullable Runnable loadIndex() {
        index.refresh(() -> instances.list(null));
        indexed = true;
        return null;
    }

    // ---- the owner thread

    private void loop() {
        while (!closing) {
            try {
                Duration wait = untilNext();
                turn(wait.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : wait);
            } catch (InterruptedException interrupted) {
                if (!closing) {
                    log.error("segment {}: interrupted without being closed; recovery stops", segment);
                    trouble = "interrupted";
                }
                return;
            } catch (RuntimeException bug) {
                // Memory may be half changed. The journal is whole: begin again from there.
                log.error("segment {}: a defect in recovery; the cases are read again from the journal", segment, bug);
                trouble = "defect: " + CommandRunner.text(bug);
                leading = null;
                unwritten = null;
                journalAt = null;
                failPromises(bug);
                cases.clear();
            }
        }
        failPromises(new RecoveryUnavailable("recovery is closing"));
    }

    /** Waits for the first message, at most this long; then handles what there is, and what is due. */
    public void turn(Duration wait) throws InterruptedException {
        if (journalAt != null) {
            waitForJournal(wait);
            return;
        }
        Runnable first = wait.isPositive() ? inbox.poll(wait.toNanos(), TimeUnit.NANOSECONDS) : inbox.poll();
        followLeadership();
        if (journalAt != null) {
            if (first != null) {
                inbox.addFirst(first);
            }
            return;
        }
        for (int handled = 0; first != null && handled < BATCH; handled++) {
            first.run();
            first = handled + 1 < BATCH ? inbox.poll() : null;
        }
        if (leading == null) {
            untold.clear();
            failPromises(new RecoveryUnavailable("this controller does not lead segment " + segment + " now"));
            return;
        }
        Instant now = clock.instant();
        for (Tracked tracked : List.copyOf(cases.values())) {
            Instant deadline = tracked.state.nextDeadline();
            if (deadline != null && !now.isBefore(deadline) && !standsStill(tracked)) {
                step(tracked, new CaseEvent.Tick());
            }
        }
        // Before the scan, which forgets closed cases: one that was read again for this must be looked at first.
        handOver();
        if (!now.isBefore(nextScan)) {
            nextScan = now.plus(settings.scanInterval());
            scan();
        }
        flush();
    }

    /** Without the journal nothing may be decided, so nothing is heard: only the wish to write, or to lead, is kept. */
    private void waitForJournal(Duration wait) throws InterruptedException {
        if (wait.isPositive()) {
            Thread.sleep(wait);
        }
        if (journalAt == null || clock.instant().isBefore(journalAt)) {
            return;
        }
        if (unwritten == null) {
            followLeadership();
        } else {
            write(unwritten);
        }
    }

    /** Whether a message waits for the next turn. */
    public boolean called() {
        return journalAt == null && !inbox.isEmpty();
    }

    /** How long nothing will happen by itself; zero or less when something is due. */
    public Duration untilNext() {
        Instant now = clock.instant();
        if (journalAt != null) {
            return Duration.between(now, journalAt);
        }
        Instant next =
                nextScan.isAfter(now.plus(settings.scanInterval())) || nextScan.equals(Instant.MIN) ? now : nextScan;
        for (Tracked tracked : cases.values()) {
            Instant deadline = tracked.state.nextDeadline();
            if (deadline != null && deadline.isBefore(next) && !standsStill(tracked)) {
                next = deadline;
            }
        }
        for (Admission admission : admissions.values()) {
            if (!admission.underWay && admission.nextAt.isAfter(now) && admission.nextAt.isBefore(next)) {
                next = admission.nextAt;
            }
        }
        return leading == null ? settings.scanInterval() : Duration.between(now, next);
    }

    private void followLeadership() {
        journalAt = null;
        LeaderEpoch now = leadership.get().orElse(null);
        if (now != null && deposed != null && now.compareTo(deposed) <= 0) {
            now = null;
        }
        if (Objects.equals(now, leading)) {
            return;
        }
        dropEverything();
        leading = null;
        if (now == null) {
            log.info("segment {}: not the leader; recovery rests", segment);
            if (leadership.get().isEmpty()) {
                // What troubled us as the leader is the next one's now.
                trouble = "";
            }
            return;
        }
        List<Stored> open;
        List<CaseJournal.Mark> lately;
        SegmentOrders ordered;
        Map<HostId, Instant> out = new HashMap<>();
        try {
            // Writing nothing at our epoch makes it known: from here on the journal refuses whoever led before, so
            // that what is read next is the old leader's last word.
            if (journal.write(segment, now, List.of(), List.of()) == Outcome.STALE_LEADER) {
                depose(now);
                return;
            }
            lately = journal.marks(
                    segment, clock.instant().minus(settings.guards().memory()), GuardDesk.MARKS);
            ordered = book.orders(segment);
            for (ComputeHost host : hosts.list()) {
                Instant since = host.quarantinedAt();
                if (since != null && host.segment().equals(segment)) {
                    out.put(host.id(), since);
                }
            }
            open = journal.open(segment);
        } catch (RuntimeException away) {
            journalAway("read the open cases", away);
            return;
        }
        journalBackoff = settings.callBackoff();
        trouble = "";
        leading = now;
        guards.recall(lately);
        orders = ordered;
        quarantined.putAll(out);
        log.info("segment {}: leads at epoch {}, {} open cases", segment, now, open.size());
        // What other controllers changed meanwhile nobody told us.
        work("load the instance index", this::loadIndex);
        for (Stored stored : open) {
            track(stored).commands.addAll(CaseMachine.resume(stored.state()));
            // A host that joined before we led has begun a new life; to call it lost would hide its next death.
            if (!present.containsKey(stored.state().host())) {
                verdicts.acknowledgeLost(stored.state().host());
            }
        }
        present.keySet().forEach(host -> {
            // A lease is no return while nothing else shows the host: it outlives its holder.
            if (!suspects(host)) {
                returned(host, "it had a lease again when this controller began to lead");
            }
        });
        present.keySet().forEach(host -> admissions.put(host, new Admission(clock.instant())));
        nextScan = Instant.MIN;
    }

    private void dropEverything() {
        cases.clear();
        inFlight.clear();
        deliveries.clear();
        opening.clear();
        lookedFor.clear();
        admissions.clear();
        guards.recall(List.of());
        ignored.clear();
        quarantined.clear();
        back.clear();
        room.forget();
    }

    private Tracked track(Stored stored) {
        return cases.computeIfAbsent(stored.state().id(), id -> new Tracked(stored.state(), stored.version()));
    }

    private @Nullable Tracked openCase(HostId host) {
        for (Tracked tracked : cases.values()) {
            if (tracked.state.host().equals(host) && !tracked.state.closed()) {
                return tracked;
            }
        }
        return null;
    }

    private void step(Tracked tracked, CaseEvent event) {
        CaseState before = tracked.state;
        take(tracked, CaseMachine.step(before, event, clock.instant(), settings));
    }

    private void take(Tracked tracked, CaseStep step) {
        CaseState before = tracked.state;
        tracked.state = step.next();
        tracked.commands.addAll(step.commands());
        tracked.lines.addAll(step.lines());
        guards.remember(step);
        CaseState next = step.next();
        if (next.returnedAt() != null && next.word() == null && next.phase().unproven()) {
            back.add(next.id());
        } else {
            back.remove(next.id());
        }
        for (CaseStep.Notice notice : step.notices()) {
            // The id is made of case and number: told twice, it is recognised.
            UUID id = UUID.nameUUIDFromBytes((step.next().id() + "/" + notice.seq()).getBytes(StandardCharsets.UTF_8));
            tracked.facts.add(
                    new Fact(id, notice.type(), notice.subject(), notice.project(), notice.at(), notice.data()));
        }
        if (!before.phase().word().equals(step.next().phase().word())) {
            log.info(
                    "host {}: {} -> {} (epoch {}, case {})",
                    before.host(),
                    before.phase().word(),
                    step.next().phase().word(),
                    before.epoch(),
                    before.id());
        }
    }

    // ---- what membership says

    private void lost(MembershipEvent.Lost event, @Nullable LeaderEpoch heardAt) {
        HostId host = event.host();
        present.remove(host);
        admissions.remove(host);
        // Taken back while it waited here, perhaps. Or it waited for the database until we led anew: a new leader
        // grants
        // everybody a grace period, and membership repeats after it what still holds.
        if (leading == null || !leading.equals(heardAt) || !suspects(host)) {
            return;
        }
        boolean powerOff = event.evidence().stream()
                .anyMatch(
                        item -> item.signal() == Signal.POWER && item.reading().equals("power off"));
        boolean said = event.evidence().stream().anyMatch(item -> item.signal() == Signal.WORD);
        Candidate candidate = new Candidate(host, event.reason(), lines(event.evidence()), powerOff, said, null);
        Tracked open = openCase(host);
        if (open != null && !returnedAfterProof(open.state)) {
            step(open, new CaseEvent.Verdict(event.reason(), candidate.evidence(), powerOff));
            verdicts.acknowledgeLost(host);
            return;
        }
        if (!opening.add(host)) {
            return;
        }
        work("open a case for host " + host, () -> {
            Optional<ComputeHost> row = hosts.find(host);
            Surroundings around = surroundings();
            Optional<Stored> newest = journal.newest(host);
            return () -> {
                opening.remove(host);
                if (!suspects(host)) {
                    log.info("host {}: the verdict was taken back", host);
                } else if (row.isEmpty()) {
                    log.warn("host {}: condemned, but the store does not know it; nothing to recover", host);
                    verdicts.acknowledgeLost(host);
                } else {
                    openCaseFor(candidate, row.get(), around, newest);
                }
            };
        });
    }

    private static boolean returnedAfterProof(CaseState state) {
        return state.proof() != null && state.returnedAt() != null;
    }

    private void openCaseFor(Candidate candidate, ComputeHost row, Surroundings around, Optional<Stored> newest) {
        HostId host = candidate.host();
        follow(around.orders());
        Tracked open = openCase(host);
        if (open != null && !returnedAfterProof(open.state)) {
            step(open, new CaseEvent.Verdict(candidate.reason(), candidate.evidence(), candidate.powerReadOff()));
            return;
        }
        boolean done = open == null
                && row.state() == HostState.FENCED
                && newest.map(Stored::state)
                        .filter(state -> state.epoch().equals(row.epoch()) && state.returnedAt() == null)
                        .isPresent();
        if (done) {
            // Fenced and dealt with; a new leader hears the same verdict again.
            verdicts.acknowledgeLost(host);
            return;
        }
        Suspicion suspicion = suspicions.get(host);
        Silence silence = new Silence(
                suspicion == null ? clock.instant() : suspicion.at(), candidate.powerReadOff(), candidate.said());
        Guards.Review review = Guards.review(
                guards.situation(
                        row,
                        silence,
                        around,
                        openUnheld(open == null ? null : open.state.id()),
                        Set.of(),
                        clock.instant()),
                settings);
        if (review.ignored()) {
            // Not acknowledged: membership repeats the verdict, and a host that is still gone when the segment is armed
            // again is judged then.
            if (ignored.add(host)) {
                String text = review.reason() + " (" + candidate.reason() + ")";
                note(host, "ignored", text);
                untold.add(fact("host.ignored", "host/" + host, null, clock.instant(), ordered(host, text, true)));
            }
            return;
        }
        CaseId id = CaseId.of(ids.get());
        List<Move> carried = List.of();
        if (open != null) {
            carried = open.state.active().toList();
            step(open, new CaseEvent.FailedAgain(id));
        }
        CaseStep first = CaseMachine.open(
                new CaseMachine.Opening(
                        id,
                        segment,
                        host,
                        row.epoch(),
                        candidate.reason(),
                        candidate.evidence(),
                        suspicion == null ? null : suspicion.at(),
                        candidate.powerReadOff(),
                        candidate.word(),
                        review.held(),
                        index.at(host),
                        List.of(),
                        carried),
                clock.instant(),
                settings);
        Tracked tracked = new Tracked(first.next(), 0);
        cases.put(id, tracked);
        take(tracked, first);
        log.info(
                "host {}: case {} opened, {} (epoch {})",
                host,
                id,
                first.next().phase().word(),
                first.next().epoch());
    }

    private void joined(MembershipEvent.Joined event) {
        present.put(event.host(), event.registration());
        ignored.remove(event.host());
        if (leading != null) {
            admissions.put(event.host(), new Admission(clock.instant()));
            nextScan = Instant.MIN;
            returned(
                    event.host(),
                    "it has a lease again (boot " + event.registration().bootId() + ")");
        }
    }

    /** The same agent is heard again: for an open case that is a return, even without a new lease. */
    private void cleared(MembershipEvent.Cleared event) {
        if (leading != null && present.containsKey(event.host())) {
            returned(event.host(), "its signals are good again");
        }
    }

    private void returned(HostId host, String how) {
        Tracked open = openCase(host);
        if (open == null) {
            return;
        }
        if (open.state.proof() == null) {
            step(open, new CaseEvent.HostReturned(how));
        } else {
            // Its admission finds out whether this is another life than the one that was proven to be over.
            admissions.putIfAbsent(host, new Admission(clock.instant()));
            nextScan = Instant.MIN;
        }
    }

    /** Nothing but a word spoke against it, so no return will be heard. */
    private void neverAway(HostId host) {
        if (present.containsKey(host) && !suspects(host)) {
            admissions.put(host, new Admission(clock.instant()));
            returned(host, "its signals are good");
        }
    }

    private void seen(CaseEvent.Seen seen) {
        for (Tracked tracked : cases.values()) {
            if (!tracked.state.closed() && tracked.state.concerns(seen.instance())) {
                step(tracked, seen);
            }
        }
    }

    // ---- what is done without being woken

    private void scan() {
        for (Tracked tracked : List.copyOf(cases.values())) {
            tracked.state.active().forEach(move -> {
                if (move.state() instanceof MoveState.Starting) {
                    tracked.commands.add(new CaseCommand.Look(move.id()));
                }
            });
            // Of those that some wait for, a change may have been missed.
            tracked.state.waitedFor().forEach(other -> tracked.commands.add(new CaseCommand.Look(other)));
        }
        lookForRoom();
        admissions.forEach((host, admission) -> consider(host, admission));
        releaseTheHealthy();
        guards.forgetBefore(clock.instant().minus(settings.guards().memory()));
        lookForClosedCases();
        cases.values()
                .removeIf(tracked ->
                        tracked.state.closed() && !tracked.dirty() && !admissions.containsKey(tracked.state.host()));
    }

    /**
     * While somebody waits for room, the hosts are looked at with each scan: whatever makes room (a host that joins or is
     * enabled, an instance that is deleted or moved, more capacity), and whoever did it, is seen there.
     */
    private void lookForRoom() {
        if (cases.values().stream().noneMatch(tracked -> tracked.state.lacksRoom())) {
            room.forget();
            return;
        }
        if (!inFlight.add(LOOK_FOR_ROOM)) {
            return;
        }
        work("look for room", () -> {
            List<ComputeHost> now = hosts.list();
            return () -> {
                inFlight.remove(LOOK_FOR_ROOM);
                room.seen(now)
                        .ifPresent(why -> List.copyOf(cases.values())
                                .forEach(tracked -> step(tracked, new CaseEvent.CapacityChanged(why))));
            };
        });
    }

    /** An instance whose new home failed too is the business of that home's case as soon as it has it on its list. */
    private void handOver() {
        if (cases.size() < 2) {
            return;
        }
        for (Tracked first : List.copyOf(cases.values())) {
            for (Move move : first.state.active().toList()) {
                HostId destination = move.state().destination();
                for (Tracked second : List.copyOf(cases.values())) {
                    if (second != first && second.state.host().equals(destination)) {
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
            step(second, new CaseEvent.EvacuationAsked(move.id(), move.onlyIfNot(second.state.host()), Actor.HOLDFAST));
        }
        if (second.state.proof() != null && listed) {
            step(first, new CaseEvent.PickedUp(move.id(), second.state.id()));
        }
    }

    /**
     * The case of a silent home may be closed already, and not in memory: nothing of it was automatic, or another
     * controller closed it. It is read again, so that {@link #handOver} finds it.
     */
    private void lookForClosedCases() {
        Set<HostId> silent = new HashSet<>();
        for (Tracked tracked : cases.values()) {
            tracked.state
                    .active()
                    .filter(Move::overdue)
                    .map(move -> move.state().destination())
                    .filter(Objects::nonNull)
                    .forEach(silent::add);
        }
        for (HostId host : silent) {
            boolean known = cases.values().stream()
                    .anyMatch(tracked -> tracked.state.host().equals(host));
            if (known || !lookedFor.add(host)) {
                continue;
            }
            work("look up the last case of host " + host, () -> {
                Optional<ComputeHost> row = hosts.find(host);
                Optional<Stored> newest = journal.newest(host);
                return () -> {
                    lookedFor.remove(host);
                    boolean fenced = row.filter(now -> now.state() == HostState.FENCED
                                    && newest.filter(
                                                    last -> last.state().epoch().equals(now.epoch()))
                                            .isPresent())
                            .isPresent();
                    if (fenced && openCase(host) == null) {
                        newest.ifPresent(this::track);
                    }
                };
            });
        }
    }

    // ---- a host comes (back)

    private void consider(HostId host, Admission admission) {
        HostRegistration registration = present.get(host);
        if (admission.underWay || registration == null || clock.instant().isBefore(admission.nextAt)) {
            return;
        }
        if (opening.contains(host) || !awaitsAdmission(openCase(host))) {
            return;
        }
        admission.underWay = true;
        work("look up the last case of host " + host, () -> {
            Optional<Stored> newest = journal.newest(host);
            String life = hosts.find(host).map(ComputeHost::bootId).orElse(null);
            return () -> settleLastCase(host, admission, newest, life);
        });
    }

    /** Nothing is open that has to be settled first, but for the return itself. */
    private static boolean awaitsAdmission(@Nullable Tracked open) {
        return open == null
                || open.state.admissible()
                || (open.state.proof() != null && open.state.returnedAt() == null);
    }

    /**
     * Before a host is given the list of what it owns, the journal says that it is back: from then on nobody can ask for
     * an instance to be moved off it on the strength of the old proof.
     */
    private void settleLastCase(HostId host, Admission admission, Optional<Stored> newest, @Nullable String life) {
        Tracked open = openCase(host);
        HostRegistration registration = present.get(host);
        if (admissions.get(host) != admission || registration == null || !awaitsAdmission(open)) {
            admission.underWay = false;
            return;
        }
        Tracked last = open != null ? open : newest.map(this::track).orElse(null);
        if (last != null && last.state.returnedAt() == null) {
            if (registration.bootId().equals(life) && mayHaveEnded(last.state)) {
                admission.underWay = false;
                admission.nextAt = clock.instant().plus(settings.scanInterval());
                return;
            }
            step(last, new CaseEvent.HostReturned("it has a lease again (boot " + registration.bootId() + ")"));
        }
        if (last != null && !last.state.closed() && !last.state.admissible()) {
            admission.underWay = false;
            return;
        }
        // The admission leaves with the other commands: after the journal has been written.
        promises.add(new Promise(() -> admit(host, admission, last), failure -> admission.underWay = false));
    }

    /**
     * Whether the lease of the boot that was proven to be over may still be the one which that boot left behind. Nobody
     * ends a lease while ZooKeeper has no quorum, so its age says nothing; but the group misses a dead host within
     * seconds. A host that is neither suspected nor freshly proven dead lives, and the proof was a device's lie.
     */
    private boolean mayHaveEnded(CaseState state) {
        Phase.Proof proof = state.proof();
        return proof != null
                && (suspects(state.host())
                        || clock.instant().isBefore(proof.at().plus(LEASE_OUTLIVES)));
    }

    private void admit(HostId host, Admission admission, @Nullable Tracked last) {
        HostRegistration registration = present.get(host);
        LeaderEpoch leader = leading;
        if (registration == null || leader == null) {
            admission.underWay = false;
            return;
        }
        HostIntroduction introduction = new HostIntroduction(
                host,
                registration.segment(),
                registration.zone(),
                registration.bootId(),
                registration.address(),
                registration.port(),
                registration.capacity(),
                registration.domains());
        String flapping = Guards.flapping(guards.failures(host), clock.instant(), settings.guards());
        CaseId lastCase = last == null ? null : last.state.id();
        workers.run(() -> {
            CompletionStage<AgentAnswer> answering;
            try {
                hosts.introduce(introduction, leader);
                if (!flapping.isEmpty()) {
                    // Before it serves: between the two nothing may be placed there.
                    hosts.quarantine(host, flapping, leader);
                }
                answering = remote.admit(host, leader);
            } catch (RuntimeException failed) {
                answering = CompletableFuture.failedFuture(failed);
            }
            answering
                    .thenApply(answer -> answer instanceof AgentAnswer.Accepted accepted
                            ? new Admitted(known(host), accepted.destroyed(), "")
                            : new Admitted(null, List.of(), CommandRunner.text(answer)))
                    .whenComplete((admitted, failure) -> {
                        if (failure != null && CommandRunner.cause(failure) instanceof StaleLeaderException) {
                            post(leader, () -> depose(leader));
                            return;
                        }
                        String problem =
                                failure == null ? admitted.problem() : CommandRunner.text(CommandRunner.cause(failure));
                        ComputeHost now = failure == null ? admitted.now() : null;
                        post(leader, () -> {
                            if (now != null) {
                                admitted(host, admission, lastCase, now, admitted.destroyed());
                            } else {
                                notAdmitted(host, admission, problem);
                            }
                        });
                    });
        });
    }

    private void notAdmitted(HostId host, Admission admission, String problem) {
        admission.underWay = false;
        admission.backoff = longer(admission.backoff);
        admission.nextAt = clock.instant().plus(admission.backoff);
        log.warn("host {}: not admitted, tried again in {} ms: {}", host, admission.backoff.toMillis(), problem);
    }

    private void admitted(
            HostId host, Admission admission, @Nullable CaseId lastCase, ComputeHost now, List<InstanceId> destroyed) {
        admissions.remove(host, admission);
        log.info(
                "host {}: serves as incarnation {}, {} stale guests destroyed",
                host,
                now.incarnation(),
                destroyed.size());
        Tracked last = lastCase == null ? null : cases.get(lastCase);
        String quarantine = now.quarantine();
        if (quarantine != null && quarantined.putIfAbsent(host, clock.instant()) == null) {
            note(host, "quarantined", quarantine);
            untold.add(
                    fact("host.quarantined", "host/" + host, null, clock.instant(), ordered(host, quarantine, true)));
            if (last != null) {
                step(last, new CaseEvent.Noted("quarantined", quarantine));
            }
        }
        if (last != null && last.state.admittedAt() == null) {
            step(last, new CaseEvent.HostAdmitted(now.incarnation(), destroyed));
        } else {
            Map<String, Object> data = new LinkedHashMap<>();
            data.put("host", host.value());
            data.put("incarnation", now.incarnation().value());
            data.put("destroyed", destroyed.stream().map(InstanceId::toString).toList());
            untold.add(fact("host.joined", "host/" + host, null, clock.instant(), data));
        }
        List.copyOf(cases.values())
                .forEach(tracked -> step(tracked, new CaseEvent.CapacityChanged("host " + host + " serves")));
    }

    // ---- durable first, then commands

    private void flush() {
        LeaderEpoch leader = leading;
        if (leader == null) {
            return;
        }
        List<Tracked> dirty = cases.values().stream().filter(Tracked::dirty).toList();
        if (dirty.isEmpty() && untold.isEmpty()) {
            leave(leader, dirty);
            return;
        }
        List<CaseJournal.Write> writes = dirty.stream()
                .map(tracked -> new CaseJournal.Write(tracked.state, tracked.version, List.copyOf(tracked.lines)))
                // A case that closes makes room for the next one of its host.
                .sorted((a, b) -> Boolean.compare(b.state().closed(), a.state().closed()))
                .toList();
        List<Fact> facts = new ArrayList<>(untold);
        dirty.forEach(tracked -> facts.addAll(tracked.facts));
        write(new Unwritten(leader, dirty, writes, List.copyOf(facts), false));
    }

    /** Once more until it is written, refused, or no longer ours to write. */
    private void write(Unwritten what) {
        unwritten = null;
        journalAt = null;
        LeaderEpoch leader = what.leader();
        if (!leader.equals(leadership.get().orElse(null))) {
            givenUp(leader, Outcome.STALE_LEADER);
            return;
        }
        Outcome outcome;
        try {
            outcome = journal.write(segment, leader, what.writes(), what.facts());
            if (outcome == Outcome.CONFLICT && what.unsure() && written(what.writes())) {
                outcome = Outcome.DONE;
            }
        } catch (RuntimeException away) {
            // It may have been written: the connection can break after the commit.
            unwritten = new Unwritten(leader, what.dirty(), what.writes(), what.facts(), true);
            journalAway("write " + what.writes().size() + " cases", away);
            return;
        }
        trouble = "";
        journalBackoff = settings.callBackoff();
        if (outcome == Outcome.DONE) {
            leave(leader, what.dirty());
        } else {
            givenUp(leader, outcome);
        }
    }

    /** What was decided is durable: now it may leave. */
    private void leave(LeaderEpoch leader, List<Tracked> dirty) {
        for (Tracked tracked : dirty) {
            afterWriting(tracked);
        }
        untold.clear();
        List<Promise> kept = List.copyOf(promises);
        promises.clear();
        kept.forEach(promise -> promise.kept().run());
        for (Tracked tracked : List.copyOf(cases.values())) {
            List<CaseCommand> commands = List.copyOf(new LinkedHashSet<>(tracked.commands));
            tracked.commands.clear();
            // A later event of the same turn may have called off what an earlier one ordered: whoever came back is not
            // fenced on the strength of a state that the journal never held.
            for (CaseCommand command : commands) {
                CaseCommand wanted = CaseMachine.asWanted(tracked.state, command);
                if (wanted != null) {
                    issue(tracked, leader, wanted);
                }
            }
        }
        pumpDeliveries(leader);
    }

    private boolean written(List<CaseJournal.Write> writes) {
        return writes.stream()
                .allMatch(write -> journal.find(write.state().id())
                        .filter(stored -> stored.version() == write.expected() + 1
                                && stored.state().equals(write.state()))
                        .isPresent());
    }

    private void afterWriting(Tracked tracked) {
        boolean opened = tracked.version == 0;
        boolean closed = tracked.state.closed() && !tracked.stored.closed();
        tracked.version++;
        tracked.stored = tracked.state;
        tracked.lines.clear();
        tracked.facts.clear();
        if (opened) {
            verdicts.acknowledgeLost(tracked.state.host());
        }
        if (closed) {
            runner.forget(tracked.state.id());
            if (tracked.state.phase() instanceof Phase.Pardoned) {
                verdicts.forget(tracked.state.host());
            }
        }
        if (tracked.state.admissible()) {
            Admission waiting = admissions.get(tracked.state.host());
            if (waiting != null) {
                nextScan = Instant.MIN;
            }
        }
    }

    private void givenUp(LeaderEpoch leader, Outcome outcome) {
        failPromises(new RecoveryUnavailable("somebody else works on segment " + segment + " now; ask again"));
        if (outcome == Outcome.STALE_LEADER
                && !closing
                && leader.equals(leadership.get().orElse(null))) {
            depose(leader);
        } else {
            log.warn("segment {}: {} while writing; everything is read again", segment, outcome);
        }
        dropEverything();
        untold.clear();
        leading = null;
    }

    private void depose(LeaderEpoch leader) {
        log.warn("segment {}: somebody was elected after epoch {}; this engine stops acting", segment, leader);
        deposed = leader;
        trouble = "deposed at epoch " + leader;
    }

    private void failPromises(RuntimeException failure) {
        List<Promise> broken = List.copyOf(promises);
        promises.clear();
        broken.forEach(promise -> promise.broken().accept(failure));
    }

    private void issue(Tracked tracked, LeaderEpoch leader, CaseCommand command) {
        CaseState state = tracked.state;
        Issued issued = new Issued(state.id(), segment, state.host(), state.epoch(), leader, command);
        String key = state.id() + " " + command.key();
        if (orders.disarmed() && !harmless(command)) {
            // Asked for again when the segment is armed.
            return;
        }
        if (command instanceof CaseCommand.ReviewHold) {
            reviewHold(tracked);
            return;
        }
        if (command instanceof CaseCommand.Deliver deliver
                && state.move(deliver.instance())
                        .filter(move -> move.state() instanceof MoveState.Claimed)
                        .isPresent()) {
            deliveries.add(key, issued);
            return;
        }
        send(key, issued);
    }

    private void send(String key, Issued issued) {
        if (!inFlight.add(key)) {
            return;
        }
        workers.run(() -> carryOut(key, issued, settings.callBackoff()));
    }

    /** In a virtual thread. Asks until there is an answer; an answer may also be that we no longer lead. */
    private void carryOut(String key, Issued issued, Duration backoff) {
        LeaderEpoch leader = issued.leader();
        if (closing || !leader.equals(leadership.get().orElse(null))) {
            return;
        }
        runner.run(issued).whenComplete((answer, failure) -> {
            if (failure == null) {
                post(leader, () -> {
                    inFlight.remove(key);
                    Tracked tracked = cases.get(issued.caseId());
                    if (tracked != null && answer.isPresent()) {
                        step(tracked, answer.get());
                    }
                });
            } else if (CommandRunner.cause(failure) instanceof StaleLeaderException) {
                post(leader, () -> depose(leader));
            } else {
                log.warn(
                        "case {}, host {} epoch {}: {} failed, tried again: {}",
                        issued.caseId(),
                        issued.host(),
                        issued.epoch(),
                        issued.command().key(),
                        CommandRunner.text(CommandRunner.cause(failure)));
                workers.runAfter(backoff, () -> carryOut(key, issued, longer(backoff)));
            }
        });
    }

    /** On the owner thread, if it still leads at this epoch. */
    private void post(LeaderEpoch leader, Runnable message) {
        inbox.add(() -> {
            if (leader.equals(leading)) {
                message.run();
            }
        });
    }

    private void reviewHold(Tracked tracked) {
        CaseId id = tracked.state.id();
        HostId host = tracked.state.host();
        LeaderEpoch leader = leading;
        if (leader == null || !inFlight.add(id + " review-hold")) {
            return;
        }
        work("review a held case", () -> {
            Surroundings around = surroundings();
            ComputeHost row = known(host);
            return () -> {
                inFlight.remove(id + " review-hold");
                follow(around.orders());
                Tracked held = cases.get(id);
                if (held != null) {
                    CaseState state = held.state;
                    Silence silence = new Silence(
                            state.suspectedAt() == null ? state.openedAt() : state.suspectedAt(),
                            state.powerReadOff(),
                            state.word() != null);
                    step(
                            held,
                            Guards.review(
                                            guards.situation(
                                                    row, silence, around, openUnheld(id), Set.of(), clock.instant()),
                                            settings)
                                    .held());
                }
            };
        });
    }

    /** Lets as many instances start as there are free places, by priority; the others keep their claims and wait. */
    private void pumpDeliveries(LeaderEpoch leader) {
        if (orders.disarmed()) {
            return;
        }
        List<CaseState> states =
                cases.values().stream().map(tracked -> tracked.state).toList();
        deliveries.next(states, inFlight, leader, settings).forEach(this::send);
    }

    // ---- calls that are not commands

    /**
     * Runs a reading call in a virtual thread until it succeeds, and what it returns on the owner thread, if it still
     * leads.
     */
    private void work(String what, Supplier<@Nullable Runnable> call) {
        LeaderEpoch leader = leading;
        workers.run(() -> work(what, call, leader, settings.callBackoff()));
    }

    private void work(String what, Supplier<@Nullable Runnable> call, @Nullable LeaderEpoch leader, Duration backoff) {
        if (closing || (leader != null && !leader.equals(leadership.get().orElse(null)))) {
            return;
        }
        try {
            Runnable next = call.get();
            if (next != null && leader != null) {
                post(leader, next);
            }
        } catch (RuntimeException failed) {
            log.warn("segment {}: could not {}, tried again: {}", segment, what, CommandRunner.text(failed));
            workers.runAfter(backoff, () -> work(what, call, leader, longer(backoff)));
        }
    }

    private void journalAway(String what, RuntimeException away) {
        trouble = "cannot " + what + ": " + CommandRunner.text(away);
        log.warn("segment {}: {}; nothing leaves until it is done", segment, trouble);
        journalAt = clock.instant().plus(journalBackoff);
        journalBackoff = longer(journalBackoff);
    }

    private static Duration longer(Duration backoff) {
        Duration doubled = backoff.multipliedBy(2);
        return doubled.compareTo(BACKOFF_MAX) > 0 ? BACKOFF_MAX : doubled;
    }

    // ---- what is kept

    private record Suspicion(Instant at, List<Evidence> evidence) {}

    /** @param unsure whether an earlier try may have been written */
    private record Unwritten(
            LeaderEpoch leader,
            List<Tracked> dirty,
            List<CaseJournal.Write> writes,
            List<Fact> facts,
            boolean unsure) {}

    /** Kept once everything before it is durable. */
    private record Promise(Runnable kept, java.util.function.Consumer<RuntimeException> broken) {}

    /** A case with what has not been written yet. */
    private static final class Tracked {
        CaseState state;
        /** As the journal has it; the same as {@link #state} when nothing is unwritten. */
        CaseState stored;

        long version;
        final List<CaseStep.Line> lines = new ArrayList<>();
        final List<Fact> facts = new ArrayList<>();
        final List<CaseCommand> commands = new ArrayList<>();

        Tracked(CaseState state, long version) {
            this.state = state;
            this.stored = state;
            this.version = version;
        }

        boolean dirty() {
            return version == 0 || !state.equals(stored);
        }
    }

    /** A host that is to be told what it owns. */
    private static final class Admission {
        Instant nextAt;
        Duration backoff = Duration.ofMillis(250);
        boolean underWay;

        Admission(Instant nextAt) {
            this.nextAt = nextAt;
        }
    }
}
