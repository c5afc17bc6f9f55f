package io.holdfast.compute.agent;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.holdfast.compute.ActualState;
import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.Diagnostics;
import io.holdfast.compute.DriverException;
import io.holdfast.compute.HypervisorDriver;
import io.holdfast.compute.HypervisorDriver.Guest;
import io.holdfast.compute.HypervisorDriver.GuestChange;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.WatchdogAction;
import io.holdfast.compute.agent.AgentMemory.Ruling;
import io.holdfast.compute.agent.AgentMemory.Wanted;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent of one host.
 *
 * <p>Intuition: the agent holds two maps, what should be here (its memory, durable) and what is here (one lane per
 * instance), and closes the gap. Orders, events of the hypervisor, timers and the audit all do the same thing: they wake
 * a lane, and the lane looks at both and acts once.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Nothing is started that is not in the memory at that generation, and the memory is on disk before.
 *   <li>Nothing is started while the gate is shut. It is shut from before an adopt order is written until every
 *       stranger was seen to be gone.
 *   <li>One thread at a time acts for an instance, so a start that is under way when the instance is taken away ends
 *       before the destroy begins.
 *   <li>A start that was answered with {@link AgentAnswer.Refused} is not tried again unless ordered again: the
 *       controller may have gone elsewhere with the instance since. A guest that ran and died is restarted, a bounded
 *       number of times.
 *   <li>A guest that shut itself down stays down until somebody orders it anew; that is its own wish.
 * </ul>
 *
 * <p>What if we die here: the guests run on. The next agent reads the memory, lists the guests, and lets them run;
 * those that died meanwhile are reported FAILED and wait for the controller's word.
 *
 * <p>Rejected: starting by itself after a restart what the memory says should run. The host may have been condemned
 * while the agent was away; the first word of the controller tells.
 */
public final class Agent implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Agent.class);

    /** For the hypervisor's word on how a guest ended, once it is found gone: on a full host each hop from it to us waits for a processor. */
    private static final Duration WORD_OF_AN_END = Duration.ofSeconds(2);

    /** How long an adopt order may take to destroy strangers, beyond its caller's patience. */
    private static final Duration STRANGERS_MAX = Duration.ofMinutes(2);

    private final HostId host;
    private final String bootId;
    private final HypervisorDriver driver;
    private final AgentJournal journal;
    private final AgentSettings settings;

    final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("agent-timer").factory());
    private final Starter starter;

    @GuardedBy("lock")
    private final GuestLedger ledger;

    @GuardedBy("lock")
    private final GuestCare care;

    /** Held for the whole of an adoption, so that two of them never interleave. Taken before {@link #lock}. */
    private final ReentrantLock adoption = new ReentrantLock();

    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<InstanceId, Lane> lanes = new LinkedHashMap<>();

    @GuardedBy("lock")
    private final Watchers watchers;

    @GuardedBy("lock")
    private AgentMemory memory;

    /** Whether an adopt order was carried out since this process started. */
    @GuardedBy("lock")
    private boolean admitted;

    /** Why nothing may be started now; null while the gate is open. */
    @GuardedBy("lock")
    private @Nullable String gate;

    @GuardedBy("lock")
    private String trouble = "";

    @GuardedBy("lock")
    private boolean closed;

    /**
     * @param bootId differs after each boot of the host
     * @param journal closed by its owner, after the agent
     * @param driver likewise
     */
    public Agent(
            HostId host,
            String bootId,
            HypervisorDriver driver,
            AgentJournal journal,
            AgentSettings settings,
            Clock clock) {
        this.host = host;
        this.bootId = bootId;
        this.driver = driver;
        this.journal = journal;
        this.settings = settings;
        this.starter = new Starter(driver, settings.startsLimit(), settings.stopGrace());
        this.memory = journal.memory();
        this.ledger = new GuestLedger(journal.directory().resolve("guest-failures"));
        this.care = new GuestCare(ledger, settings, clock, bootId);
        this.watchers = new Watchers(care, clock);
    }

    /** Begins to listen to the hypervisor and lets what runs run. Starts and destroys nothing. */
    public void start() {
        driver.onChange(this::changed);
        audit();
        long millis = settings.auditInterval().toMillis();
        var _ = timer.scheduleWithFixedDelay(() -> submit(this::audit), millis, millis, TimeUnit.MILLISECONDS);
    }

    public HostId host() {
        return host;
    }

    public AgentDescription describe() {
        lock.lock();
        try {
            return new AgentDescription(
                    host, bootId, memory.hostEpoch(), memory.incarnation(), memory.leader(), admitted, trouble());
        } finally {
            lock.unlock();
        }
    }

    /** Empty when the hypervisor answers and the journal can be written; else what is wrong. */
    public String trouble() {
        lock.lock();
        try {
            return trouble.isEmpty() ? journal.trouble() : trouble;
        } finally {
            lock.unlock();
        }
    }

    /** What is here now, in no particular order. */
    public List<InstanceReport> reports() {
        lock.lock();
        try {
            return lanes.values().stream()
                    .flatMap(lane -> Stream.ofNullable(lane.report))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /** Tells all that is here, then each change until closed. */
    public AutoCloseable watch(AgentWatcher watcher) {
        lock.lock();
        try {
            reports().forEach(watcher::reported);
            watcher.troubled(trouble());
            watchers.add(watcher);
        } finally {
            lock.unlock();
        }
        return () -> {
            lock.lock();
            try {
                watchers.remove(watcher);
            } finally {
                lock.unlock();
            }
        };
    }

    /**
     * Carries out an adopt order: writes it down, destroys strangers and sees them gone, then converges. Answers when
     * the strangers are gone; starts go on after. Blocks at most for {@code deadline}; the work goes on beyond it.
     */
    public AgentAnswer adopt(AdoptOrder order, Duration deadline) {
        if (!order.host().equals(host)) {
            return new AgentAnswer.Refused("this is host " + host + ", the order is for " + order.host());
        }
        CompletableFuture<AgentAnswer> answer = new CompletableFuture<>();
        submit(() -> {
            adoption.lock();
            try {
                answer.complete(adoptNow(order));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
                throw e;
            } finally {
                adoption.unlock();
            }
        });
        return Answers.await(answer, deadline)
                .orElseGet(() -> new AgentAnswer.NoAnswer(
                        "host " + host + " was still destroying strangers after " + deadline + "; it goes on"));
    }

    /**
     * Takes the goal of one instance and converges to it. Answers when it is reached or cannot be, or with what is
     * there at the deadline; the work goes on beyond it.
     */
    public AgentAnswer apply(InstanceOrder order, Duration deadline) {
        if (!order.host().equals(host)) {
            return new AgentAnswer.Refused("this is host " + host + ", the order is for " + order.host());
        }
        CompletableFuture<AgentAnswer> answer = new CompletableFuture<>();
        lock.lock();
        try {
            AgentAnswer no = admit(order);
            if (no != null) {
                OrderLog.refused(order, no);
                return no;
            }
            Lane lane = lane(order.instance());
            lane.ordered(order, answer);
            wake(lane);
        } finally {
            lock.unlock();
        }
        return Answers.await(answer, deadline)
                .orElseGet(() -> new AgentAnswer.Accepted(Answers.of(order.instance(), reports()), List.of()));
    }

    /** The end of what a guest of this host has written to its serial line; changes nothing. */
    public byte[] console(InstanceId instance, int bytesMax) throws DriverException {
        return driver.console(instance, bytesMax);
    }

    /** What a guest of this host has used up; changes nothing. */
    public Diagnostics diagnostics(InstanceId instance) throws DriverException {
        return driver.diagnostics(instance);
    }

    /** Ends the agent and leaves the guests running. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            watchers.clear();
        } finally {
            lock.unlock();
        }
        timer.shutdownNow();
        workers.shutdownNow();
        try {
            // A lane in the middle of a driver's call ends when the call does.
            if (!workers.awaitTermination(5, TimeUnit.SECONDS)) {
                log.warn("host={} agent closed while the hypervisor still owes an answer", host);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- orders

    /** Rules on an order and writes it down. Null when it was taken. */
    @GuardedBy("lock")
    private @Nullable AgentAnswer admit(InstanceOrder order) {
        if (gate != null && !adoption.isLocked() && order.goal() == InstanceGoal.RUNNING) {
            return new AgentAnswer.Refused(gate);
        }
        return switch (memory.rule(order, bootId)) {
            case Ruling.Stale(String reason) -> new AgentAnswer.Stale(reason);
            case Ruling.Refused(String reason) -> new AgentAnswer.Refused(reason);
            case Ruling.Known() -> null;
            case Ruling.Take(AgentMemory next) -> {
                Wanted before = memory.owned().get(order.instance());
                Wanted now = Objects.requireNonNull(next.owned().get(order.instance()));
                try {
                    journal.told(next, order.instance(), now);
                } catch (IOException e) {
                    yield new AgentAnswer.Refused(String.valueOf(e.getMessage()));
                }
                memory = next;
                if (before == null
                        || before.goal() != now.goal()
                        || !before.generation().equals(now.generation())) {
                    lane(order.instance()).quickDeaths = 0;
                }
                OrderLog.taken(order);
                yield null;
            }
        };
    }

    private AgentAnswer adoptNow(AdoptOrder order) {
        lock.lock();
        try {
            switch (memory.rule(order, bootId)) {
                case Ruling.Stale(String reason) -> {
                    return new AgentAnswer.Stale(reason);
                }
                case Ruling.Refused(String reason) -> {
                    return new AgentAnswer.Refused(reason);
                }
                case Ruling.Known() -> {}
                case Ruling.Take(AgentMemory next) -> {
                    // Without a boot id first: if we die before the strangers are gone, the next agent of this boot
                    // must not take single orders as if the adoption had been carried out.
                    AgentMemory begun = next.inBoot("");
                    try {
                        journal.replace(begun);
                    } catch (IOException e) {
                        return new AgentAnswer.Refused(String.valueOf(e.getMessage()));
                    }
                    memory = begun;
                }
            }
            gate = "strangers are being destroyed";
            admitted = true;
            OrderLog.adopting(order);
        } finally {
            lock.unlock();
        }
        try {
            List<InstanceId> destroyed = destroyStrangers();
            long asked = System.nanoTime();
            List<Guest> guests = driver.guests();
            keepOnlyOurs(guests);
            lock.lock();
            try {
                List<InstanceId> left = memory.strangersAmong(guests);
                if (!left.isEmpty()) {
                    return shut("strangers still run: " + left);
                }
                if (!memory.bootId().equals(bootId)) {
                    AgentMemory adopted = memory.inBoot(bootId);
                    journal.replace(adopted);
                    memory = adopted;
                }
                gate = null;
                converge(guests, asked);
                return new AgentAnswer.Accepted(reports(), destroyed);
            } finally {
                lock.unlock();
            }
        } catch (DriverException | IOException e) {
            lock.lock();
            try {
                return shut(String.valueOf(e.getMessage()));
            } finally {
                lock.unlock();
            }
        }
    }

    /** While the gate is shut: nobody begins to write what is deleted here. */
    private void keepOnlyOurs(List<Guest> guests) {
        Set<InstanceId> here = new HashSet<>();
        guests.forEach(guest -> here.add(guest.instance()));
        lock.lock();
        try {
            here.addAll(memory.owned().keySet());
        } finally {
            lock.unlock();
        }
        try {
            driver.keepOnly(here);
        } catch (DriverException e) {
            // No reason to keep the host out: the next list of what it owns deletes them.
            log.warn("host={} keeps what others have left reason={}", host, e.getMessage());
        }
    }

    @GuardedBy("lock")
    private AgentAnswer shut(String reason) {
        gate = "nothing is started, because it is not certain that strangers are gone: " + reason;
        log.warn("host={} adopt failed reason={}", host, gate);
        return new AgentAnswer.Refused(gate);
    }

    private List<InstanceId> destroyStrangers() throws DriverException {
        List<InstanceId> strangers;
        List<CompletableFuture<AgentAnswer>> answers = new ArrayList<>();
        List<Guest> guests = driver.guests();
        lock.lock();
        try {
            strangers = memory.strangersAmong(guests);
            for (InstanceId stranger : strangers) {
                answers.add(destroyIn(lane(stranger)));
            }
            // A lane that is at work for an instance that is no longer ours may be about to start it.
            for (Lane lane : lanes.values()) {
                if (lane.busy && !memory.owned().containsKey(lane.instance) && !strangers.contains(lane.instance)) {
                    answers.add(destroyIn(lane));
                }
            }
        } finally {
            lock.unlock();
        }
        Answers.requireAll(answers, STRANGERS_MAX);
        return strangers;
    }

    @GuardedBy("lock")
    private CompletableFuture<AgentAnswer> destroyIn(Lane lane) {
        CompletableFuture<AgentAnswer> answer = new CompletableFuture<>();
        lane.destroyDue = true;
        lane.waiters.add(answer);
        wake(lane);
        return answer;
    }

    /** After an adoption: shows what runs, and wakes what is not as it should be. */
    @GuardedBy("lock")
    private void converge(List<Guest> guests, long asked) {
        Map<InstanceId, Guest> running = Answers.running(guests);
        for (Lane lane : List.copyOf(lanes.values())) {
            if (!lane.busy && !memory.owned().containsKey(lane.instance)) {
                lanes.remove(lane.instance);
            }
        }
        ledger.retain(memory.owned().keySet());
        for (Map.Entry<InstanceId, Wanted> entry : memory.owned().entrySet()) {
            Lane lane = lane(entry.getKey());
            Wanted wanted = entry.getValue();
            Guest guest = running.get(entry.getKey());
            if (wanted.goal() != InstanceGoal.RUNNING) {
                wake(lane);
                continue;
            }
            switch (lane.adopted(wanted.generation(), guest, asked)) {
                case RUNS -> ranAlready(lane, wanted.generation(), lane.heard(Objects.requireNonNull(guest), asked));
                case BEGINS -> {
                    watchers.report(lane, wanted.generation(), ActualState.BUILDING, "");
                    wake(lane);
                }
                case LOOKS_FOR_ITSELF -> wake(lane);
            }
        }
    }

    // ---- lanes

    @GuardedBy("lock")
    private Lane lane(InstanceId instance) {
        return lanes.computeIfAbsent(
                instance, id -> care.lane(id, memory.owned().get(id)));
    }

    @GuardedBy("lock")
    private void wake(Lane lane) {
        if (lane.busy) {
            lane.again = true;
            return;
        }
        lane.busy = true;
        if (!submit(() -> work(lane))) {
            lane.busy = false;
        }
    }

    /**
     * @param restart the goal whose guest died and may be restarted then, or null to only look again
     */
    private void wakeAfter(Lane lane, Duration delay, @Nullable Wanted restart) {
        try {
            var _ = timer.schedule(() -> wakeNow(lane, restart), delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("instance={} is not looked at again, the agent is closing", lane.instance);
        }
    }

    private void wakeNow(Lane lane, @Nullable Wanted restart) {
        lock.lock();
        try {
            if (lanes.get(lane.instance) != lane) {
                return;
            }
            // Only what died then may be restarted now; a new order brings its own permission.
            if (restart != null
                    && restart.equals(memory.owned().get(lane.instance))
                    && lane.shows(ActualState.FAILED)) {
                lane.mayStart();
            }
            wake(lane);
        } finally {
            lock.unlock();
        }
    }

    /** Acts for an instance until nothing has happened since it last looked. */
    private void work(Lane lane) {
        while (true) {
            List<CompletableFuture<AgentAnswer>> waiters;
            Wanted wanted;
            boolean destroyDue;
            lock.lock();
            try {
                lane.begins();
                waiters = lane.waiters;
                lane.waiters = new ArrayList<>();
                wanted = memory.owned().get(lane.instance);
                destroyDue = lane.destroyDue;
                lane.destroyDue = false;
            } finally {
                lock.unlock();
            }
            AgentAnswer answer;
            try {
                answer = act(lane, wanted, destroyDue);
            } catch (RuntimeException e) {
                // Our own bug must not leave the lane busy for ever.
                log.error("instance={} lane failed", lane.instance, e);
                answer = new AgentAnswer.NoAnswer("the agent failed: " + e);
            }
            lock.lock();
            try {
                if (answer == null) {
                    lane.waiters.addAll(waiters);
                } else {
                    AgentAnswer told = answer;
                    waiters.forEach(waiter -> waiter.complete(told));
                }
                if (!lane.again || closed) {
                    lane.busy = false;
                    return;
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** One look and one act. Null when it has to wait for the gate, or something else became due meanwhile. */
    private @Nullable AgentAnswer act(Lane lane, @Nullable Wanted wanted, boolean destroyDue) {
        try {
            if (destroyDue && destroyStranger(lane)) {
                return new AgentAnswer.Accepted(List.of(), List.of(lane.instance));
            }
            if (wanted == null) {
                return new AgentAnswer.Accepted(List.of(), List.of());
            }
            AgentAnswer answer = switch (wanted.goal()) {
                case RUNNING -> run(lane, wanted);
                case STOPPED -> stop(lane, wanted);
                case PAUSED, SUSPENDED -> hold(lane, wanted);
                case DELETED -> delete(lane, wanted);
            };
            lock.lock();
            try {
                lane.failedTries = 0;
            } finally {
                lock.unlock();
            }
            return answer;
        } catch (DriverException e) {
            return failed(lane, wanted, e);
        }
    }

    /** Destroys the guest if it still is a stranger; true when nothing is left to do for this lane. */
    private boolean destroyStranger(Lane lane) throws DriverException {
        lock.lock();
        try {
            if (!admitted) {
                return false;
            }
        } finally {
            lock.unlock();
        }
        Guest guest = Answers.find(driver.guests(), lane.instance);
        lock.lock();
        try {
            if (guest != null
                    && guest.running()
                    && (!memory.disowns(guest) || lane.takesOver(memory.owned().get(lane.instance), guest))) {
                return false;
            }
            lane.awaitsNoMore();
        } finally {
            lock.unlock();
        }
        driver.destroy(lane.instance);
        log.info(
                "instance={} stranger destroyed generation={}",
                lane.instance,
                guest == null ? "-" : guest.generation());
        lock.lock();
        try {
            boolean owned = memory.owned().containsKey(lane.instance);
            if (!owned) {
                lanes.remove(lane.instance, lane);
                if (guest != null) {
                    watchers.left(lane, guest.generation());
                }
            }
            return !owned;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable AgentAnswer run(Lane lane, Wanted wanted) throws DriverException {
        long asked = System.nanoTime();
        Guest guest = Answers.find(driver.guests(), lane.instance);
        if (guest != null && takeOver(lane, wanted, guest)) {
            return runsNow(lane, wanted);
        }
        boolean suspended;
        boolean anew = false;
        lock.lock();
        try {
            if (lane.isOvertaken()) {
                return null;
            }
            String ended = lane.takeEnd(guest != null && guest.running(), asked);
            suspended = lane.shows(ActualState.SUSPENDED);
            if (guest != null && guest.running() && guest.generation().equals(wanted.generation())) {
                // Only this thread starts it, so it is the same life that was looked at.
                anew = !guest.paused() && gate == null && care.sees(lane, wanted, guest.health());
                if (!guest.paused() && !anew) {
                    ranAlready(lane, wanted.generation(), guest.cameUp());
                    return lane.accepted();
                }
                if (!anew && !lane.startDue) {
                    watchers.report(lane, wanted.generation(), ActualState.PAUSED, "");
                    return lane.accepted();
                }
            }
            // The end of an older guest, which we destroyed ourselves, is no death of this one.
            boolean ran = lane.report != null
                    && lane.report.actual() == ActualState.RUNNING
                    && lane.report.generation().equals(wanted.generation());
            if (ended != null && ran && !lane.startDue && !anew) {
                mourn(lane, wanted, care.ended(lane, wanted, ended));
                return lane.accepted();
            }
            if (!anew && !lane.startDue) {
                // What is suspended does not run and has not ended, also when it was ordered to go on and could not.
                if (ran) {
                    vanished(lane);
                } else if (lane.isUnexplained()) {
                    boolean sameBoot = memory.bootId().equals(bootId);
                    mourn(lane, wanted, care.missed(lane, wanted, sameBoot));
                }
                return lane.accepted();
            }
            if (gate != null) {
                return null;
            }
        } finally {
            lock.unlock();
        }
        Guest there = guest != null && guest.running() ? guest : null;
        return switch (starter.begin(
                lane, wanted, there, suspended, anew, () -> mayStart(lane, wanted), () -> building(lane, wanted))) {
            case Starter.Outcome.Runs() -> runsNow(lane, wanted);
            case Starter.Outcome.Waits() -> null;
            case Starter.Outcome.StaysHeld(Lane.Held held) -> declined(lane, wanted, held);
        };
    }

    /** Whether it came here by another's hand, is ours by now, and runs on as what is wanted. */
    private boolean takeOver(Lane lane, Wanted wanted, Guest guest) throws DriverException {
        lock.lock();
        try {
            if (!guest.running() || !mayStart(lane, wanted) || !lane.takesOver(wanted, guest)) {
                return false;
            }
        } finally {
            lock.unlock();
        }
        return starter.takeOver(lane.instance, wanted.generation());
    }

    private void building(Lane lane, Wanted wanted) {
        lock.lock();
        try {
            care.begins(lane, wanted);
            watchers.report(lane, wanted.generation(), ActualState.BUILDING, "");
        } finally {
            lock.unlock();
        }
    }

    private AgentAnswer runsNow(Lane lane, Wanted wanted) {
        lock.lock();
        try {
            lane.started();
            watchers.report(lane, wanted.generation(), ActualState.RUNNING, "");
            return lane.accepted();
        } finally {
            lock.unlock();
        }
    }

    private AgentAnswer declined(Lane lane, Wanted wanted, Lane.Held held) {
        lock.lock();
        try {
            lane.startTried();
            String reason = held.refusal() + writeHeld(lane, wanted, held.actual());
            return settle(lane, wanted, new Lane.Held(held.actual(), false, "", reason));
        } finally {
            lock.unlock();
        }
    }

    /** The next agent would else believe that it shall run, and miss it. Empty, or what went wrong. */
    @GuardedBy("lock")
    private String writeHeld(Lane lane, Wanted wanted, ActualState held) {
        if (!isWanted(lane, wanted)) {
            return "";
        }
        InstanceGoal goal = held == ActualState.PAUSED ? InstanceGoal.PAUSED : InstanceGoal.SUSPENDED;
        Wanted now = new Wanted(wanted.generation(), goal, wanted.spec());
        AgentMemory next = memory.with(memory.leader(), lane.instance, now);
        try {
            journal.told(next, lane.instance, now);
        } catch (IOException e) {
            return "; and it could not be written down that it stays " + goal + ": " + e.getMessage();
        }
        memory = next;
        return "";
    }

    private boolean mayStart(Lane lane, Wanted wanted) {
        lock.lock();
        try {
            return gate == null && isWanted(lane, wanted);
        } finally {
            lock.unlock();
        }
    }

    private boolean isWanted(Lane lane, Wanted wanted) {
        lock.lock();
        try {
            return !closed && wanted.equals(memory.owned().get(lane.instance));
        } finally {
            lock.unlock();
        }
    }

    private AgentAnswer hold(Lane lane, Wanted wanted) throws DriverException {
        Guest guest = Answers.find(driver.guests(), lane.instance);
        boolean due;
        lock.lock();
        try {
            lane.forgetsEnd();
            due = lane.takeHoldDue();
        } finally {
            lock.unlock();
        }
        return settle(
                lane, wanted, lane.hold(driver, wanted, guest, due, starter.memories(), () -> isWanted(lane, wanted)));
    }

    /** What was refused is answered once and not tried again by itself: its owner is told, and asks anew. */
    private AgentAnswer settle(Lane lane, Wanted wanted, Lane.Held held) {
        lock.lock();
        try {
            watchers.report(lane, wanted.generation(), held.actual(), held.cameUp(), held.detail());
            return held.refusal() == null ? lane.accepted() : new AgentAnswer.Refused(held.refusal());
        } finally {
            lock.unlock();
        }
    }

    private AgentAnswer stop(Lane lane, Wanted wanted) throws DriverException {
        boolean stopped = starter.stop(lane.instance, wanted.generation());
        lock.lock();
        try {
            if (stopped) {
                lane.forgetsEnd();
                lane.quickDeaths = 0;
                watchers.report(lane, wanted.generation(), ActualState.STOPPED, "");
            }
            return lane.accepted();
        } finally {
            lock.unlock();
        }
    }

    private AgentAnswer delete(Lane lane, Wanted wanted) throws DriverException {
        lock.lock();
        try {
            if (lane.shows(ActualState.DELETED)) {
                return lane.accepted();
            }
        } finally {
            lock.unlock();
        }
        driver.destroy(lane.instance);
        driver.delete(lane.instance, wanted.spec());
        lock.lock();
        try {
            lane.forgetsEnd();
            watchers.report(lane, wanted.generation(), ActualState.DELETED, "");
            return lane.accepted();
        } finally {
            lock.unlock();
        }
    }

    private AgentAnswer failed(Lane lane, @Nullable Wanted wanted, DriverException e) {
        String reason = String.valueOf(e.getMessage());
        lock.lock();
        try {
            Duration pause = Lane.backoff(Duration.ofSeconds(1), lane.failedTries++);
            if (wanted == null) {
                log.warn("instance={} stranger not destroyed reason={}", lane.instance, reason);
                return new AgentAnswer.Refused(reason);
            }
            if (wanted.goal() != InstanceGoal.RUNNING) {
                log.warn("instance={} goal={} not reached reason={}", lane.instance, wanted.goal(), reason);
                if (wanted.goal() == InstanceGoal.PAUSED || wanted.goal() == InstanceGoal.SUSPENDED) {
                    return e.outcomeUnknown() ? new AgentAnswer.NoAnswer(reason) : new AgentAnswer.Refused(reason);
                }
                wakeAfter(lane, pause, null); // ending a guest harms nobody else, so it is tried until it is done
                return new AgentAnswer.Refused(reason);
            }
            // Whoever ordered it hears of the failure, and decides; of what a host starts when it is back, nobody does.
            boolean restarting = lane.quickDeaths > 0 || lane.unordered;
            lane.startFailed(e);
            if (e.outcomeUnknown()) {
                watchers.report(lane, wanted.generation(), ActualState.UNKNOWN, reason);
                wakeAfter(lane, pause, null);
                return new AgentAnswer.NoAnswer(reason);
            }
            watchers.report(lane, wanted.generation(), ActualState.FAILED, reason);
            if (restarting) {
                mourn(lane, wanted, care.startFailed(lane, wanted, reason));
            }
            return new AgentAnswer.Refused(reason);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void mourn(Lane lane, Wanted wanted, Lane.Death death) {
        watchers.report(lane, wanted.generation(), death.actual(), death.detail());
        if (death.restartAfter() != null) {
            wakeAfter(lane, death.restartAfter(), wanted);
        }
    }

    @GuardedBy("lock")
    private void ranAlready(Lane lane, Generation generation, boolean cameUp) {
        lane.runs(generation, cameUp);
        watchers.report(lane, generation, ActualState.RUNNING, cameUp, "");
    }

    // ---- what the hypervisor says

    /** Called on the driver's thread: enqueues and returns. */
    private void changed(GuestChange change) {
        submit(() -> {
            switch (change) {
                case GuestChange.Started ignored -> audit();
                case GuestChange.CameUp(InstanceId instance) -> lookAgain(instance);
                case GuestChange.Felt(InstanceId instance) -> lookAgain(instance);
                case GuestChange.Bitten(InstanceId instance, WatchdogAction done) -> bitten(instance, done);
                case GuestChange.Ended(InstanceId instance, String cause) -> ended(instance, cause);
                case GuestChange.HypervisorLost(String reason) -> troubled(reason);
                case GuestChange.HypervisorBack() -> audit();
            }
        });
    }

    private void lookAgain(InstanceId instance) {
        lock.lock();
        try {
            Lane lane = lanes.get(instance);
            if (lane != null) {
                wake(lane);
            }
        } finally {
            lock.unlock();
        }
    }

    private void bitten(InstanceId instance, WatchdogAction done) {
        lock.lock();
        try {
            Lane lane = lanes.get(instance);
            Wanted wanted = memory.owned().get(instance);
            InstanceReport now = lane == null ? null : lane.report;
            if (lane != null && wanted != null && now != null && care.bitten(lane, wanted, done)) {
                watchers.report(lane, now.generation(), now.actual(), now.cameUp(), now.detail());
            }
        } finally {
            lock.unlock();
        }
    }

    private void ended(InstanceId instance, String cause) {
        lock.lock();
        try {
            Lane lane = lanes.get(instance);
            if (lane == null) {
                return;
            }
            if (memory.owned().containsKey(instance)) {
                lane.hearsEnd(cause);
                wake(lane);
            } else if (lane.report != null && !lane.busy) {
                lane.awaitsNoMore();
                watchers.report(lane, lane.report.generation(), ActualState.STOPPED, "its guest ended: " + cause);
                lanes.remove(instance, lane);
            }
        } finally {
            lock.unlock();
        }
    }

    private void troubled(String now) {
        lock.lock();
        try {
            if (!trouble.equals(now)) {
                log.info("host={} hypervisor trouble={}", host, now.isEmpty() ? "none" : now);
                trouble = now;
                watchers.troubled(trouble());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Compares what runs with what should, and wakes what differs. Finds what no event told. */
    private void audit() {
        long asked = System.nanoTime();
        List<Guest> guests;
        try {
            guests = driver.guests();
        } catch (DriverException e) {
            troubled(String.valueOf(e.getMessage()));
            return;
        }
        troubled(driver.trouble());
        lock.lock();
        try {
            Map<InstanceId, Guest> running = Answers.running(guests);
            for (Guest guest : running.values()) {
                auditRunning(guest, asked);
            }
            for (Map.Entry<InstanceId, Wanted> entry : memory.owned().entrySet()) {
                if (!running.containsKey(entry.getKey())) {
                    auditAbsent(lane(entry.getKey()), entry.getValue());
                }
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void auditRunning(Guest guest, long asked) {
        memory = memory.sawGuest(guest.instance(), guest.generation());
        Lane lane = lane(guest.instance());
        if (lane.busy || lane.isNewerThan(asked)) {
            return;
        }
        Wanted wanted = memory.owned().get(guest.instance());
        if (lane.takesOver(wanted, guest)) {
            wake(lane);
            return;
        }
        if (memory.disowns(guest)) {
            stranger(lane, guest);
            return;
        }
        Objects.requireNonNull(wanted);
        if (guest.paused()) {
            watchers.report(lane, guest.generation(), ActualState.PAUSED, "");
            if (wanted.goal() == InstanceGoal.RUNNING) {
                return; // it goes on when that is ordered, which what was reported leads to
            }
        }
        switch (wanted.goal()) {
            case RUNNING -> {
                ranAlready(lane, guest.generation(), lane.heard(guest, asked));
                if (care.isNews(lane, guest.health())) {
                    wake(lane);
                }
            }
            case PAUSED, SUSPENDED -> {
                if (!guest.paused()) {
                    watchers.report(lane, guest.generation(), ActualState.RUNNING, lane.heard(guest, asked), "");
                }
            }
            case STOPPED, DELETED -> {
                watchers.report(lane, guest.generation(), ActualState.RUNNING, "");
                wake(lane);
            }
        }
    }

    /** It is let run for a while where somebody else may have brought it, and that somebody may tell the controller. */
    @GuardedBy("lock")
    private void stranger(Lane lane, Guest guest) {
        boolean awaited = admitted && memory.mayHaveArrived(guest) && lane.awaits(settings.arrivalsGrace());
        watchers.report(lane, guest.generation(), ActualState.RUNNING, awaited ? Lane.ARRIVED : Lane.NOT_OWNED);
        if (admitted && !awaited) {
            lane.destroyDue = true;
            wake(lane);
        }
    }

    @GuardedBy("lock")
    private void auditAbsent(Lane lane, Wanted wanted) {
        if (lane.busy) {
            return;
        }
        switch (wanted.goal()) {
            case RUNNING -> {
                if (lane.shows(ActualState.RUNNING) && !lane.hasHeardEnd()) {
                    vanished(lane);
                } else if (lane.report == null || lane.shows(ActualState.UNKNOWN)) {
                    wake(lane);
                }
            }
            case STOPPED -> watchers.report(lane, wanted.generation(), ActualState.STOPPED, "");
            case PAUSED, SUSPENDED -> {
                if (!lane.shows(ActualState.SUSPENDED) && !lane.shows(ActualState.STOPPED)) {
                    wake(lane);
                }
            }
            case DELETED -> {
                if (admitted && !lane.shows(ActualState.DELETED)) {
                    wake(lane);
                }
            }
        }
    }

    /**
     * A guest is gone and nobody has said how it ended. The hypervisor's word may be on its way, and it makes a
     * difference: a guest that shut itself down must not be started again. So the word gets some time to arrive.
     */
    @GuardedBy("lock")
    private void vanished(Lane lane) {
        long now = System.nanoTime();
        if (lane.missedAtNanos == 0) {
            lane.missedAtNanos = now;
            var _ = timer.schedule(() -> submit(this::audit), WORD_OF_AN_END.toMillis(), TimeUnit.MILLISECONDS);
        } else if (now - lane.missedAtNanos >= WORD_OF_AN_END.toNanos()) {
            lane.hearsEnd("vanished");
            wake(lane);
        }
    }

    // ---- small things

    private boolean submit(Runnable task) {
        try {
            workers.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            log.debug("host={} nothing is done any more, the agent is closing", host);
            return false;
        }
    }
}
