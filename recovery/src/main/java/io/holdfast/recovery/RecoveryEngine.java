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
import io.holdfast.recovery.core.CaseCommand;
import io.holdfast.recovery.core.CaseEvent;
import io.holdfast.recovery.core.CaseMachine;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.CaseState.Affected;
import io.holdfast.recovery.core.CaseStep;
import io.holdfast.recovery.core.Move;
import io.holdfast.recovery.core.MoveState;
import io.holdfast.recovery.core.Phase;
import io.holdfast.recovery.core.StormGuard;
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

    private static final Duration BACKOFF_MAX = Duration.ofSeconds(5);

    private static final Duration SHORTEST_WAIT = Duration.ofMillis(1);

    private final SegmentId segment;
    private final Supplier<Optional<LeaderEpoch>> leadership;
    private final Hosts hosts;
    private final Instances instances;
    private final CaseJournal journal;
    private final ImmediateNotices notices;
    private final Verdicts verdicts;
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

    /** Orders to start that wait for a free place, in the order they came. */
    private final Map<String, Issued> deliveries = new LinkedHashMap<>();

    private final Map<HostId, HostRegistration> present = new HashMap<>();
    private final Map<HostId, Admission> admissions = new HashMap<>();
    private final Set<HostId> opening = new HashSet<>();

    /** Hosts whose last case is being read. */
    private final Set<HostId> lookedFor = new HashSet<>();

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
        this.settings = settings;
        this.clock = clock;
        this.journalBackoff = settings.callBackoff();
        this.runner = new CommandRunner(
                hosts, claims, withdrawals, fencing, scheduler, this::suspects, settings, remote, workers);
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
            case MembershipEvent.Held e -> tellNow(leads, e.host(), e.at(), "held", e.reason(), e.evidence());
            case MembershipEvent.Lost e -> {
                suspicions.putIfAbsent(e.host(), new Suspicion(e.at(), e.evidence()));
                inbox.add(() -> lost(e));
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
                });
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
        hosts.setForcedDown(host, true, by, reason);
        ComputeHost now = known(host);
        Optional<Stored> newest = journal.newest(host);
        int hostsInSegment = hostsInSegment();
        CaseState.Word word = new CaseState.Word(by.name(), by.channel(), callerHasFenced, reason, clock.instant());
        ask(() -> {
            Tracked open = openCase(host);
            if (open != null) {
                step(open, new CaseEvent.WordGiven(by, callerHasFenced, reason));
            } else {
                String text = "force-down by " + by + (reason.isEmpty() ? "" : ": " + reason);
                openCaseFor(
                        new Candidate(host, text, List.of("word " + text), true, false, word),
                        now,
                        hostsInSegment,
                        newest);
            }
            return true;
        });
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

    private ComputeHost known(HostId host) {
        return hosts.find(host)
                .orElseThrow(() -> new ComputeException(ComputeException.Kind.NOT_FOUND, "no host " + host));
    }

    private int hostsInSegment() {
        return (int) hosts.list().stream()
                .filter(host -> host.segment().equals(segment))
                .count();
    }

    /** Asks the owner thread, and returns when the answer is durable. */
    private <T> T ask(Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        inbox.add(() -> {
            if (leading == null) {
                answer.completeExceptionally(new IllegalStateException(
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
            throw new IllegalStateException(
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
        if (!what.equals("held")) {
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
        instances.list(null).forEach(index::put);
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
        failPromises(new IllegalStateException("recovery is closing"));
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
            failPromises(new IllegalStateException("this controller does not lead segment " + segment + " now"));
            return;
        }
        Instant now = clock.instant();
        for (Tracked tracked : List.copyOf(cases.values())) {
            Instant deadline = tracked.state.nextDeadline();
            if (deadline != null && !now.isBefore(deadline)) {
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
            if (deadline != null && deadline.isBefore(next)) {
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
            return;
        }
        List<Stored> open;
        try {
            // Writing nothing at our epoch makes it known: from here on the journal refuses whoever led before, so
            // that what is read next is the old leader's last word.
            if (journal.write(segment, now, List.of(), List.of()) == Outcome.STALE_LEADER) {
                depose(now);
                return;
            }
            open = journal.open(segment);
        } catch (RuntimeException away) {
            journalAway("read the open cases", away);
            return;
        }
        journalBackoff = settings.callBackoff();
        trouble = "";
        leading = now;
        // Other controllers have stored instances that this process never heard of.
        work("load the instance index", this::loadIndex);
        log.info("segment {}: leads at epoch {}, {} open cases", segment, now, open.size());
        for (Stored stored : open) {
            Tracked tracked = track(stored);
            tracked.commands.addAll(CaseMachine.resume(stored.state()));
            // A host that joined before we led has begun a new life; to call it lost would hide its next death.
            if (!present.containsKey(stored.state().host())) {
                verdicts.acknowledgeLost(stored.state().host());
            }
        }
        present.forEach(
                (host, registration) -> returned(host, "it had a lease again when this controller began to lead"));
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

    private void lost(MembershipEvent.Lost event) {
        HostId host = event.host();
        present.remove(host);
        admissions.remove(host);
        // Taken back while it waited here, perhaps.
        if (leading == null || !suspects(host)) {
            return;
        }
        boolean powerOff = event.evidence().stream()
                .anyMatch(
                        item -> item.signal() == Signal.POWER && item.reading().equals("power off"));
        boolean hard = powerOff || event.evidence().stream().anyMatch(item -> item.signal() == Signal.WORD);
        Candidate candidate = new Candidate(host, event.reason(), lines(event.evidence()), hard, powerOff, null);
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
            int count = hostsInSegment();
            Optional<Stored> newest = journal.newest(host);
            return () -> {
                opening.remove(host);
                if (!suspects(host)) {
                    log.info("host {}: the verdict was taken back", host);
                } else if (row.isEmpty()) {
                    log.warn("host {}: condemned, but the store does not know it; nothing to recover", host);
                    verdicts.acknowledgeLost(host);
                } else {
                    openCaseFor(candidate, row.get(), count, newest);
                }
            };
        });
    }

    private static boolean returnedAfterProof(CaseState state) {
        return state.proof() != null && state.returnedAt() != null;
    }

    private void openCaseFor(Candidate candidate, ComputeHost row, int hostsInSegment, Optional<Stored> newest) {
        HostId host = candidate.host();
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
        CaseId id = CaseId.of(ids.get());
        List<Move> carried = List.of();
        if (open != null) {
            carried = open.state.active().toList();
            step(open, new CaseEvent.FailedAgain(id));
        }
        int openCases = (int) cases.values().stream()
                .filter(tracked -> !tracked.state.closed() && !(tracked.state.phase() instanceof Phase.Held))
                .count();
        Suspicion suspicion = suspicions.get(host);
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
                        StormGuard.review(hostsInSegment, openCases, settings.condemnShare(), candidate.hard()),
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
        if (open != null) {
            step(open, new CaseEvent.HostReturned(how));
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
            if (!tracked.state.closed() && tracked.state.move(seen.instance()).isPresent()) {
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
        }
        admissions.forEach((host, admission) -> consider(host, admission));
        lookForClosedCases();
        cases.values()
                .removeIf(tracked ->
                        tracked.state.closed() && !tracked.dirty() && !admissions.containsKey(tracked.state.host()));
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
        Tracked open = openCase(host);
        if (opening.contains(host) || (open != null && !open.state.admissible())) {
            return;
        }
        admission.underWay = true;
        work("look up the last case of host " + host, () -> {
            Optional<Stored> newest = journal.newest(host);
            return () -> settleLastCase(host, admission, newest);
        });
    }

    /**
     * Before a host is given the list of what it owns, the journal says that it is back: from then on nobody can ask for
     * an instance to be moved off it on the strength of the old proof.
     */
    private void settleLastCase(HostId host, Admission admission, Optional<Stored> newest) {
        Tracked open = openCase(host);
        if (admissions.get(host) != admission || (open != null && !open.state.admissible())) {
            admission.underWay = false;
            return;
        }
        Tracked last = open != null ? open : newest.map(this::track).orElse(null);
        if (last != null && last.state.returnedAt() == null) {
            step(last, new CaseEvent.HostReturned("it has a lease again"));
        }
        // The admission leaves with the other commands: after the journal has been written.
        promises.add(new Promise(() -> admit(host, admission, last), failure -> admission.underWay = false));
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
                registration.capacity());
        CaseId lastCase = last == null ? null : last.state.id();
        workers.run(() -> {
            CompletionStage<AgentAnswer> answering;
            try {
                hosts.introduce(introduction, leader);
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
            commands.forEach(command -> issue(tracked, leader, command));
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
        failPromises(new IllegalStateException("somebody else works on segment " + segment + " now; ask again"));
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
        if (command instanceof CaseCommand.ReviewHold) {
            reviewHold(tracked);
            return;
        }
        if (command instanceof CaseCommand.Deliver deliver
                && state.move(deliver.instance())
                        .filter(move -> move.state() instanceof MoveState.Claimed)
                        .isPresent()) {
            deliveries.putIfAbsent(key, issued);
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
        LeaderEpoch leader = leading;
        if (leader == null || !inFlight.add(id + " review-hold")) {
            return;
        }
        work("review a held case", () -> {
            int count = hostsInSegment();
            return () -> {
                inFlight.remove(id + " review-hold");
                Tracked held = cases.get(id);
                if (held != null) {
                    int open = (int) cases.values().stream()
                            .filter(other -> !other.state.closed() && !(other.state.phase() instanceof Phase.Held))
                            .count();
                    boolean hard = held.state.powerReadOff() || held.state.word() != null;
                    step(held, StormGuard.review(count, open, settings.condemnShare(), hard));
                }
            };
        });
    }

    /** Lets as many instances start as there are free places; the others keep their claims and wait. */
    private void pumpDeliveries(LeaderEpoch leader) {
        if (deliveries.isEmpty()) {
            return;
        }
        Map<HostId, Integer> starting = new HashMap<>();
        int total = 0;
        for (Tracked tracked : cases.values()) {
            for (Move move : tracked.state.moves()) {
                HostId to = move.state().destination();
                boolean counts = move.state() instanceof MoveState.Starting
                        || (move.state() instanceof MoveState.Claimed
                                && inFlight.contains(tracked.state.id() + " "
                                        + new CaseCommand.Deliver(
                                                        move.id(), move.generation(), Objects.requireNonNull(to))
                                                .key()));
                if (counts && to != null) {
                    starting.merge(to, 1, Integer::sum);
                    total++;
                }
            }
        }
        for (Map.Entry<String, Issued> waiting : List.copyOf(deliveries.entrySet())) {
            Issued issued = waiting.getValue();
            Tracked tracked = cases.get(issued.caseId());
            if (!(issued.command() instanceof CaseCommand.Deliver deliver)
                    || tracked == null
                    || tracked.state
                            .move(deliver.instance())
                            .filter(move -> move.state() instanceof MoveState.Claimed
                                    && move.generation().equals(deliver.generation()))
                            .isEmpty()
                    || !issued.leader().equals(leader)) {
                deliveries.remove(waiting.getKey());
                continue;
            }
            int here = starting.getOrDefault(deliver.to(), 0);
            if (total < settings.maxStartsTotal() && here < settings.maxStartsPerDestination()) {
                deliveries.remove(waiting.getKey());
                starting.put(deliver.to(), here + 1);
                total++;
                send(waiting.getKey(), issued);
            }
        }
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
