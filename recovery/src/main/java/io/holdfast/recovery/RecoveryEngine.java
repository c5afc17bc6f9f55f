package io.holdfast.recovery;

import io.holdfast.compute.Claims;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.Instances;
import io.holdfast.compute.SayAnswer;
import io.holdfast.compute.Withdrawals;
import io.holdfast.fencing.FenceProof;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.Fact;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal.Outcome;
import io.holdfast.recovery.CaseJournal.Stored;
import io.holdfast.recovery.CommandRunner.Issued;
import io.holdfast.recovery.GuardDesk.Surroundings;
import io.holdfast.recovery.core.Armed;
import io.holdfast.recovery.core.CaseCommand;
import io.holdfast.recovery.core.CaseEvent;
import io.holdfast.recovery.core.CaseMachine;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.CaseStep;
import io.holdfast.recovery.core.MoveState;
import io.holdfast.recovery.core.Phase;
import io.holdfast.recovery.core.PlannedMove;
import io.holdfast.recovery.core.SegmentOrders;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.store.StaleLeaderException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
 * <p><b>Parts.</b> {@link Openings} turns verdicts into cases, {@link Arrivals} admits hosts that come (back), {@link HandOver}
 * hands instances from case to case, {@link HoldReviews} asks the guards again, {@link Planning} asks for all
 * that wait for room together, {@link PlannedMoves} and {@link Failbacks} move what is well, {@link PowerReturns} gives hosts their power back; they belong to the owner thread too. {@link CaseRequests}, {@link MoveRequests}, {@link SayRequests} and {@link OperatorDesk} take
 * what people ask on the callers' threads, and {@link EarlyNotices} tells from memory.
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

    private static final Duration BACKOFF_MAX = Duration.ofSeconds(5);

    private static final Duration SHORTEST_WAIT = Duration.ofMillis(1);

    private final SegmentId segment;
    private final Supplier<Optional<LeaderEpoch>> leadership;
    private final Hosts hosts;
    private final Instances instances;
    private final CaseJournal journal;
    private final MoveJournal moves;
    private final Verdicts verdicts;
    private final OrderBook book;
    private final OperatorDesk desk;
    private final RecoverySettings settings;
    private final InstantSource clock;
    private final CommandRunner runner;

    private final LinkedBlockingDeque<Runnable> inbox = new LinkedBlockingDeque<>();
    private final Workers workers;
    private final CaseRequests requests;
    private final MoveRequests moveRequests;
    private final SayRequests sayRequests;
    private final Thread owner;

    /** Touched by the caller of {@link #onMembership} and read by planners, because a suspicion cannot wait. */
    private final EarlyNotices early;

    // ---- from here on: the owner thread's alone

    /** Open cases, and closed ones for as long as something about them is being written or admitted. */
    private final Map<CaseId, Tracked> cases = new LinkedHashMap<>();

    /** Commands under way, by case and key. */
    private final Set<String> inFlight = new HashSet<>();

    private final WaitingStarts deliveries = new WaitingStarts();
    private final HeldStarts heldStarts = new HeldStarts();

    private final Openings openings;
    private final Arrivals arrivals;
    private final MembershipNews news;
    private final HandOver handOver;
    private final HoldReviews holdReviews;
    private final PlannedMoves planned;
    private final Failbacks failbacks;
    private final PowerReturns returns;
    private final Planning planning;

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

    private final GuardDesk guards;
    private final WantedFences wantedFences = new WantedFences();
    private final KeptPlans kept = new KeptPlans();
    private volatile SegmentOrders orders = SegmentOrders.NONE;

    private volatile String trouble = "";
    private volatile boolean closing;

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
            MoveJournal moves,
            ImmediateNotices notices,
            Verdicts verdicts,
            OrderBook book,
            FailoverSegments segments,
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
                moves,
                notices,
                verdicts,
                book,
                segments,
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
            MoveJournal moves,
            ImmediateNotices notices,
            Verdicts verdicts,
            OrderBook book,
            FailoverSegments segments,
            SignsOfLife signs,
            RecoverySettings settings,
            InstantSource clock,
            Workers workers,
            RemoteCalls remote,
            Supplier<UUID> ids) {
        this.workers = workers;
        this.segment = segment;
        this.leadership = leadership;
        this.hosts = hosts;
        this.instances = instances;
        this.journal = journal;
        this.moves = moves;
        this.verdicts = verdicts;
        this.book = book;
        this.settings = settings;
        this.clock = clock;
        this.early = new EarlyNotices(instances, notices, ids);
        this.guards = new GuardDesk(this::openState, early::suspectedSince, verdicts::doubt);
        this.openings = new Openings(this, segment, hosts, journal, verdicts, early, guards, settings, clock, ids);
        this.arrivals = new Arrivals(this, openings, hosts, journal, guards, remote, workers, settings, clock);
        this.handOver = new HandOver(this, hosts, journal);
        LastPlan plans = new LastPlan(scheduler);
        Reserves reserves = new Reserves(segments, hosts, plans, kept);
        this.planning = new Planning(this, hosts, claims, plans, reserves);
        this.requests = new CaseRequests(
                this, openings, arrivals, segment, hosts, instances, journal, verdicts, book, signs, clock);
        this.sayRequests = new SayRequests(this, instances, claims, journal);
        this.holdReviews = new HoldReviews(this, guards, settings, clock);
        this.desk = new OperatorDesk(
                this,
                requests,
                arrivals,
                holdReviews,
                segment,
                leadership,
                hosts,
                claims,
                fencing,
                scheduler,
                reserves,
                kept,
                journal,
                book,
                signs,
                settings,
                clock);
        this.planned =
                new PlannedMoves(this, hosts, claims, withdrawals, scheduler, moves, remote, workers, settings, clock);
        this.moveRequests =
                new MoveRequests(this, planned, segment, instances, withdrawals, moves, settings, clock, ids);
        this.failbacks = new Failbacks(
                this, planned, moveRequests, early, guards, hosts, claims, journal, moves, scheduler, settings, clock);
        this.returns = new PowerReturns(this, hosts, guards, remote, workers, settings, clock);
        this.news =
                new MembershipNews(this, leadership, early, failbacks, arrivals, openings, inbox::add, untold::addAll);
        this.journalBackoff = settings.callBackoff();
        this.runner = new CommandRunner(
                hosts,
                claims,
                withdrawals,
                instances,
                fencing,
                reserves,
                this::avoids,
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
        return early.indexed();
    }

    /** Whether membership suspects the host now, or it has taken its leave. Any thread; never blocks. */
    boolean suspects(HostId host) {
        return early.suspects(host);
    }

    /** Whether nothing new is to be placed there: it is suspected, has left, or cannot take orders. Any thread; never blocks. */
    public boolean avoids(HostId host) {
        return early.avoids(host);
    }

    /** Whether a case wants this instance started later, so that nobody may tell its new home to start it now. Any thread. */
    public boolean holdsStart(InstanceId instance) {
        return heldStarts.holds(instance);
    }

    /** The plans for failures that have not happened, for whoever makes them. Any thread. */
    public KeptPlans keptPlans() {
        return kept;
    }

    boolean isHeard(HostId host) {
        return early.isHeard(host);
    }

    boolean isWell(HostId host) {
        return early.isWell(host);
    }

    /** This process was elected or deposed: saves waiting for the next scan. Any thread; never blocks. */
    public void onLeadershipChanged() {
        inbox.add(() -> {});
    }

    /** What membership concludes. Any thread; never blocks. Suspicions have been told when it returns. */
    public void onMembership(MembershipEvent event) {
        news.take(event);
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
        requests.forceDown(host, by, callerHasFenced, reason);
    }

    @Override
    public SuspicionAnswer suspect(HostId host, Actor by, String reason) {
        return requests.suspect(host, by, reason);
    }

    @Override
    public void clearForceDown(HostId host, Actor by) {
        requests.clearForceDown(host, by);
    }

    @Override
    public EvacuationAnswer evacuate(InstanceId id, @Nullable HostId target, boolean stopped, Actor by) {
        return requests.evacuate(id, target, stopped, by);
    }

    @Override
    public MoveAnswer migrate(InstanceId id, @Nullable HostId target, Actor by) {
        return moveRequests.migrate(id, target, by);
    }

    @Override
    public FollowAnswer follow(InstanceId id, @Nullable HostId from, HostId to, Actor by) {
        return moveRequests.follow(id, from, to, by);
    }

    @Override
    public List<PlannedMove> moves(@Nullable InstanceId instance, int limit) {
        return moveRequests.moves(instance, limit);
    }

    @Override
    public void retry(CaseId id, Actor by) {
        requests.retry(id, by);
    }

    @Override
    public void retry(CaseId id, InstanceId instance, Actor by) {
        requests.retry(id, instance, by);
    }

    @Override
    public void abandon(CaseId id, InstanceId instance, Actor by, String reason) {
        requests.abandon(id, instance, by, reason);
    }

    @Override
    public SayView say(InstanceId id, SayAnswer answer, @Nullable HostId only, @Nullable CaseId of, Actor by) {
        return sayRequests.say(id, answer, only, of, by);
    }

    @Override
    public List<SayView> says() {
        return sayRequests.open();
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

    @Override
    public Kept kept() {
        return desk.kept();
    }

    /** Owner thread: what holds cases of this host may be over, or begin. */
    void maintenanceChanged(HostId host, String text, boolean on) {
        note(host, "maintenance", text);
        tell("host.maintenance", "host/" + host, EarlyNotices.ordered(host, text, on));
        Tracked open = openCase(host);
        if (open != null) {
            step(open, new CaseEvent.Noted("maintenance", text));
        }
        reviewHolds();
    }

    // ---- for the classes that take a part of the work off this one; owner thread

    /** A fact that goes out with the next write. */
    void tell(String type, String subject, Map<String, Object> data) {
        untold.add(early.fact(type, subject, null, clock.instant(), data));
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

    int openUnheld(@Nullable CaseId but) {
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
        openings.ordersChanged();
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
        SegmentOrders now = orders;
        String off = wantedFences.calledOff(id);
        return off.isEmpty() && now.disarmed() ? "the segment is disarmed by " + now.why() : off;
    }

    void note(HostId host, String kind, String text) {
        if (leading == null) {
            return;
        }
        OrderBook.Note note = new OrderBook.Note(clock.instant(), kind, text);
        work("note a decision about host " + host, () -> {
            book.note(host, note);
            return null;
        });
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

    private void onInstance(@Nullable Instance before, Instance after) {
        early.put(after);
        CaseEvent.Seen seen = CaseEvent.Seen.of(after);
        inbox.add(() -> seen(seen));
    }

    private @Nullable Runnable loadIndex() {
        early.load();
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
            nextScan = clock.instant().plus(settings.scanInterval());
            untold.clear();
            failPromises(new RecoveryUnavailable("this controller does not lead segment " + segment + " now"));
            return;
        }
        Instant now = clock.instant();
        for (Tracked tracked : List.copyOf(cases.values())) {
            Instant deadline = tracked.nextDeadline();
            if (deadline != null && !now.isBefore(deadline) && !standsStill(tracked)) {
                step(tracked, new CaseEvent.Tick());
            }
        }
        // Before the scan, which forgets closed cases: one that was read again for this must be looked at first.
        handOver.handOver();
        if (!now.isBefore(nextScan)) {
            nextScan = now.plus(settings.scanInterval());
            scan();
        }
        kept.recovering(openUnheld(null) > 0);
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
            Instant deadline = tracked.nextDeadline();
            if (deadline != null && deadline.isBefore(next) && !standsStill(tracked)) {
                next = deadline;
            }
        }
        next = arrivals.nextAfter(now, next);
        return Duration.between(now, next);
    }

    private void followLeadership() {
        journalAt = null;
        LeaderEpoch now = leadership.get().orElse(null);
        if (now != null && deposed != null && now.compareTo(deposed) <= 0) {
            now = null;
        }
        if (now == null && leadership.get().isEmpty()) {
            // What troubled us as the leader is the next one's now; also what could not be written before it ended.
            trouble = "";
        }
        if (Objects.equals(now, leading)) {
            return;
        }
        dropEverything();
        leading = null;
        if (now == null) {
            log.info("segment {}: not the leader; recovery rests", segment);
            return;
        }
        LastWord last;
        try {
            last = LastWord.read(
                    segment, now, clock.instant().minus(settings.guards().memory()), journal, moves, book, hosts);
        } catch (RuntimeException away) {
            journalAway("read the open cases", away);
            return;
        }
        if (last == null) {
            depose(now);
            return;
        }
        journalBackoff = settings.callBackoff();
        trouble = "";
        leading = now;
        guards.recall(last.marks());
        orders = last.orders();
        log.info(
                "segment {}: leads at epoch {}, {} cases to go on with",
                segment,
                now,
                last.cases().size());
        // What other controllers changed meanwhile nobody told us.
        work("load the instance index", this::loadIndex);
        for (Stored stored : last.cases()) {
            CaseState state = CaseMachine.takenOver(stored.state());
            track(new Stored(state, stored.version())).commands.addAll(CaseMachine.resume(state));
            // A host that came back, here or under an earlier leader, has begun a new life; to call it lost would hide
            // its
            // next death.
            if (!arrivals.isHere(state.host()) && state.returnedAt() == null && !state.closed()) {
                verdicts.acknowledgeLost(state.host());
            }
        }
        arrivals.lead(last.quarantined());
        planned.lead(last.moves());
        nextScan = Instant.MIN;
    }

    private void dropEverything() {
        early.admitsNobody();
        cases.clear();
        inFlight.clear();
        deliveries.clear();
        heldStarts.clear();
        openings.forget();
        handOver.forget();
        holdReviews.forget();
        planned.forget();
        failbacks.forget();
        returns.forget();
        arrivals.forget();
        guards.recall(List.of());
        wantedFences.forget();
        planning.forget();
        kept.forget();
        kept.recovering(false);
    }

    @Nullable
    LeaderEpoch leading() {
        return leading;
    }

    /** Open cases, and closed ones that are still of interest. */
    Map<CaseId, Tracked> cases() {
        return cases;
    }

    @Nullable
    Tracked tracked(CaseId id) {
        return cases.get(id);
    }

    void put(Tracked tracked) {
        cases.put(tracked.state.id(), tracked);
    }

    void scanSoon() {
        nextScan = Instant.MIN;
    }

    void lookForRoom() {
        planning.lookForRoom();
    }

    void admitted(HostId host) {
        early.admitted(host);
    }

    /** Runs {@code kept} once everything before it is durable, or {@code broken} when that will not be. */
    void onceWritten(Runnable kept, java.util.function.Consumer<RuntimeException> broken) {
        promises.add(new Promise(kept, broken));
    }

    Tracked track(Stored stored) {
        heldStarts.follow(List.of(), stored.state());
        if (!cases.containsKey(stored.state().id())) {
            wantedFences.follow(stored.state());
        }
        return cases.computeIfAbsent(stored.state().id(), id -> new Tracked(stored.state(), stored.version()));
    }

    @Nullable
    Tracked openCase(HostId host) {
        for (Tracked tracked : cases.values()) {
            if (tracked.state.host().equals(host) && !tracked.state.closed()) {
                return tracked;
            }
        }
        return null;
    }

    void step(Tracked tracked, CaseEvent event) {
        CaseState before = tracked.state;
        take(tracked, CaseMachine.step(before, event, clock.instant(), settings));
    }

    void take(Tracked tracked, CaseStep step) {
        CaseState before = tracked.state;
        tracked.become(step.next());
        heldStarts.follow(before.moves(), step.next());
        tracked.commands.addAll(step.commands());
        tracked.lines.addAll(step.lines());
        guards.remember(step);
        CaseState next = step.next();
        Phase.Proof proof = next.proof();
        if (proof != null
                && before.proof() == null
                && next.returnedAt() == null
                && !FenceProof.Kind.valueOf(proof.kind()).isWord()) {
            // Condemned by a word alone it may still count as present; what is heard of it from here on is news.
            arrivals.gone(next.host());
        }
        wantedFences.follow(next);
        for (CaseStep.Notice notice : step.notices()) {
            // The id is made of case and number: told twice, it is recognised.
            UUID id = UUID.nameUUIDFromBytes((step.next().id() + "/" + notice.seq()).getBytes(StandardCharsets.UTF_8));
            tracked.facts.add(
                    new Fact(id, notice.type(), notice.subject(), notice.project(), notice.at(), notice.data()));
        }
        tracked.facts.addAll(early.lastWord(step, clock.instant()));
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
        planning.lookForRoom();
        arrivals.scan();
        failbacks.scan();
        guards.forgetBefore(clock.instant().minus(settings.guards().memory()));
        handOver.lookForClosedCases();
        cases.values()
                .removeIf(tracked -> tracked.state.closed()
                        && !tracked.state.returning()
                        && !tracked.dirty()
                        && !arrivals.isAwaited(tracked.state.host()));
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
            // A later event of the same turn may have called off what an earlier one ordered.
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
        if (tracked.state.admissible() && arrivals.isAwaited(tracked.state.host())) {
            scanSoon();
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

    void depose(LeaderEpoch leader) {
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
        CaseCommand whole = command instanceof CaseCommand.Plan plan ? planning.overAll(plan) : command;
        Issued issued = new Issued(state.id(), segment, state.host(), state.epoch(), leader, whole);
        String key = state.id() + " " + command.key();
        if (command instanceof CaseCommand.OfReturn ofReturn) {
            returns.carryOut(tracked, ofReturn);
            return;
        }
        if (orders.disarmed() && !harmless(command)) {
            // Asked for again when the segment is armed.
            return;
        }
        if (command instanceof CaseCommand.ReviewHold) {
            holdReviews.review(tracked);
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
        if (closing) {
            return;
        }
        if (!stillLeads(leader)) {
            // As in {@code work}: whoever leads again at once, at the same epoch, still waits for the answer.
            post(leader, () -> workers.runAfter(backoff, () -> carryOut(key, issued, longer(backoff))));
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

    /** Any thread: whether this process leads at that epoch and is not being closed. */
    boolean stillLeads(LeaderEpoch leader) {
        return !closing && leader.equals(leadership.get().orElse(null));
    }

    /** On the owner thread, if it still leads at this epoch. */
    void post(LeaderEpoch leader, Runnable message) {
        inbox.add(() -> {
            if (leader.equals(leading)) {
                message.run();
            }
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
    void work(String what, Supplier<@Nullable Runnable> call) {
        LeaderEpoch leader = leading;
        workers.run(() -> work(what, call, leader, settings.callBackoff()));
    }

    private void work(String what, Supplier<@Nullable Runnable> call, @Nullable LeaderEpoch leader, Duration backoff) {
        if (closing) {
            return;
        }
        if (leader != null && !leader.equals(leadership.get().orElse(null))) {
            // Perhaps for a moment only, which the owner thread does not notice: whoever waits for this would do so for
            // ever.
            post(leader, () -> workers.runAfter(backoff, () -> work(what, call, leader, longer(backoff))));
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

    static Duration longer(Duration backoff) {
        Duration doubled = backoff.multipliedBy(2);
        return doubled.compareTo(BACKOFF_MAX) > 0 ? BACKOFF_MAX : doubled;
    }
}
