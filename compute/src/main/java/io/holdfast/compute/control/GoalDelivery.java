package io.holdfast.compute.control;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.ConfigDrives;
import io.holdfast.compute.DriverException;
import io.holdfast.compute.HostAgents;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.store.StaleLeaderException;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells agents their goals until the reports agree, and listens to their reports.
 *
 * <p>Model: a round looks at what has not arrived and tells it; {@link #deliver} tells one instance at once. Reports
 * go through one inbox, those of a host in the order in which its watch gave them: two of them in the wrong order would leave
 * the store with a state that no later round doubts. What has gathered there is stored in one transaction. An answer to an order comes by another road than the watch, so it
 * counts only when the watch has said nothing newer of that instance.
 *
 * <p>An instance's orders for one home go one at a time. When its home changes while the old one owes an answer, because it
 * has died, the new home is told without waiting: the store has given it a newer generation, and the old home's late answer
 * counts for nothing.
 *
 * <p>A report that cannot be stored, because the database is away, is not kept; its watch is renewed in the next round
 * that finds the database back, and a renewed watch tells everything again.
 *
 * <p>What if we die here: nothing is kept but in the store; the next controller's first round does it all again, and
 * agents take the same order twice without doing anything twice.
 *
 * <p>Only while this controller leads: without leadership the round ends all watches, and what still comes in is refused
 * by the store, which knows the newer leader. It then keeps a line to every agent open, so that an order of a new leader
 * does not wait until certificates are read, classes loaded and hands shaken.
 */
public final class GoalDelivery implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(GoalDelivery.class);

    /** Often enough that the line to an agent that was restarted is there again before it is needed. */
    private static final Duration STAND_BY_INTERVAL = Duration.ofSeconds(10);

    /** Some two minutes; then its owner is told, and a forced reboot tries again. */
    private static final int STALLS_MAX = 8;

    /** So many goals are read in one transaction. */
    private static final int TOLD_TOGETHER = 100;

    /** So many reports are stored in one transaction: it holds the rows of their hosts and instances. */
    private static final int REPORTS_TOGETHER = 100;

    private static final Duration STAND_BY_LIMIT = Duration.ofSeconds(2);

    private final DeliveryView view;
    private final HostAgents agents;
    private final ConfigDrives drives;
    private final Supplier<Optional<LeaderEpoch>> leader;
    private final Predicate<InstanceId> held;
    private final ComputeSettings settings;
    private final InstantSource clock;

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("goal-delivery").daemon().factory());
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();

    /** All that hosts report, in the order in which it was heard. */
    private final Gathered<Said> inbox = new Gathered<>("reports", REPORTS_TOGETHER, this::ingest, left -> {});

    /** Orders under way. */
    private final Map<Lane, Turn> underWay = new ConcurrentHashMap<>();

    /** Changed by the timer thread alone; read by those who ingest. */
    private final Map<HostId, Watch> watches = new ConcurrentHashMap<>();

    private volatile String trouble = "";

    /** How often in a row the storage did not answer for an instance's config drive. */
    private final Map<InstanceId, Integer> stalls = new ConcurrentHashMap<>();

    /** To whom a line was open when this controller last looked, standing by. */
    private volatile Set<HostId> ready = Set.of();

    /** Of the timer thread alone. */
    private long nextStandByNanos = System.nanoTime();

    private @Nullable ScheduledFuture<?> rounds;

    /** @param held whose goal rounds leave to whoever calls {@link #deliver}; must not block */
    public GoalDelivery(
            DeliveryView view,
            HostAgents agents,
            ConfigDrives drives,
            Supplier<Optional<LeaderEpoch>> leader,
            Predicate<InstanceId> held,
            ComputeSettings settings,
            InstantSource clock) {
        this.view = view;
        this.agents = agents;
        this.drives = drives;
        this.leader = leader;
        this.held = held;
        this.settings = settings;
        this.clock = clock;
    }

    public void start() {
        rounds = timer.scheduleWithFixedDelay(
                this::round, 0, settings.deliveryInterval().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** What keeps goals from arriving, for the health page; empty when nothing does. */
    public String trouble() {
        return trouble;
    }

    /** Tells one instance's goal now, also when it has FAILED. Returns at once; safe from any thread. */
    public void deliver(InstanceId instance) {
        submit(() -> attempt(instance, () -> {
            DeliveryView.Due due = due(instance);
            if (due != null) {
                deliver(new Lane(instance, due.order().host()));
            }
        }));
    }

    /** The same for several whose homes are known; what is to be told is read for all of them together. */
    public void deliver(Map<InstanceId, HostId> homes) {
        List<Lane> free = homes.entrySet().stream()
                .map(one -> new Lane(one.getKey(), one.getValue()))
                .filter(this::begin)
                .toList();
        for (int from = 0; from < free.size(); from += TOLD_TOGETHER) {
            List<Lane> some = free.subList(from, Math.min(free.size(), from + TOLD_TOGETHER));
            // A lane that no worker takes any more is never told again here; but then this delivery is closed.
            submit(() -> deliver(some));
        }
    }

    private void deliver(List<Lane> begun) {
        Map<InstanceId, DeliveryView.Due> due;
        try {
            due = dueOf(begun.stream().map(Lane::instance).toList());
        } catch (StoreException e) {
            troubled("the goals of " + begun.size() + " instances", e);
            due = Map.of();
        } catch (RuntimeException e) {
            log.error("the goals of {} instances could not be read together; each is read by itself", begun.size(), e);
            begun.forEach(lane -> submit(() -> tellInTurn(lane, () -> due(lane.instance))));
            return;
        }
        for (Lane lane : begun) {
            DeliveryView.Due first = due.get(lane.instance);
            if (first == null) {
                // Nothing is to be told, unless somebody has asked meanwhile.
                tellInTurn(lane, () -> null);
            } else {
                submit(() -> tellInTurn(lane, () -> first));
            }
        }
    }

    /** A home that does not answer holds up its own orders; the next home's are told at once. */
    private void deliver(Lane lane) {
        if (begin(lane)) {
            tellInTurn(lane, () -> due(lane.instance));
        }
    }

    /** @return whether it is the caller's to tell; else whoever tells it at the moment looks once more */
    private boolean begin(Lane lane) {
        // In one step: between two, the order under way could end, and nobody would look again.
        return underWay.compute(lane, (id, before) -> before == null ? Turn.LAST : Turn.ONE_MORE) == Turn.LAST;
    }

    /** @param first what is to be told, read after the turn was begun: an older goal told after a newer one would undo it */
    private void tellInTurn(Lane lane, Supplier<DeliveryView.@Nullable Due> first) {
        Supplier<DeliveryView.@Nullable Due> next = first;
        do {
            Supplier<DeliveryView.@Nullable Due> read = next;
            attempt(lane.instance, () -> {
                DeliveryView.Due due = read.get();
                if (due != null && due.order().host().equals(lane.home)) {
                    tell(due);
                } else if (due != null) {
                    deliver(lane.instance);
                }
            });
            next = () -> due(lane.instance);
        } while (!underWay.remove(lane, Turn.LAST) && underWay.replace(lane, Turn.ONE_MORE, Turn.LAST));
    }

    private void attempt(InstanceId instance, Runnable telling) {
        try {
            telling.run();
        } catch (StoreException e) {
            troubled("goal of instance " + instance, e);
        } catch (RuntimeException e) {
            // Our own defect with one instance; were it thrown on, this instance would never be told again.
            log.error("telling the goal of instance {} failed; the next round tries again", instance, e);
        }
    }

    /** Makes the next round come now, because a host joined or something else changed. */
    public void wake() {
        try {
            timer.execute(this::round);
        } catch (RejectedExecutionException e) {
            log.debug("woken after close", e);
        }
    }

    private void round() {
        try {
            if (leader.get().isEmpty()) {
                endAllBut(Set.of());
                stalls.clear();
                standBy();
                // What troubled us as the leader is the next one's now.
                trouble = "";
                return;
            }
            ready = Set.of();
            listen();
            // Those under way are looked at again when their order has ended.
            Set<InstanceId> busy =
                    underWay.keySet().stream().map(Lane::instance).collect(Collectors.toSet());
            Map<InstanceId, HostId> due = new LinkedHashMap<>(view.undelivered());
            due.keySet().removeIf(instance -> busy.contains(instance) || held.test(instance));
            deliver(due);
            view.placeHomeless();
            trouble = "";
        } catch (StoreException e) {
            troubled("a round of goal delivery", e);
        } catch (RejectedExecutionException e) {
            log.debug("a round was under way at close; the next controller's round does it", e);
        } catch (RuntimeException e) {
            // Our own defect. The timer would never call again after an exception, and no goal would ever arrive.
            trouble = "a round of goal delivery failed: " + e;
            log.error("a round of goal delivery failed; the next one comes all the same", e);
        }
    }

    private void standBy() {
        long now = System.nanoTime();
        if (now - nextStandByNanos < 0) {
            return;
        }
        // When the store does not answer, the next round asks again, and until then it is a trouble: who stands by
        // without
        // the database could not take over.
        List<ComputeHost> reachable = view.reachable();
        nextStandByNanos = now + STAND_BY_INTERVAL.toNanos();
        Set<HostId> answered = ConcurrentHashMap.newKeySet();
        CompletableFuture<?>[] asked = reachable.stream()
                .map(host -> CompletableFuture.runAsync(
                        () -> {
                            if (agents.prepare(host, STAND_BY_LIMIT)) {
                                answered.add(host.id());
                            }
                        },
                        workers))
                .toArray(CompletableFuture<?>[]::new);
        var _ = CompletableFuture.allOf(asked).whenComplete((all, failure) -> {
            if (failure != null) {
                log.error("standing by, the lines to the agents could not all be opened", failure);
            }
            if (!answered.equals(ready)) {
                ready = answered;
                log.info("stands by with lines to {} of {} agents", answered.size(), reachable.size());
            }
        });
    }

    private void troubled(String what, StoreException e) {
        if (e instanceof StaleLeaderException) {
            log.info("{} is left to the new leader: {}", what, e.getMessage());
            return;
        }
        trouble = e.getMessage() == null ? e.toString() : e.getMessage();
        log.warn("{} waits for the store: {}", what, trouble);
    }

    private void listen() {
        List<ComputeHost> reachable = view.reachable();
        endAllBut(reachable.stream().map(ComputeHost::id).collect(Collectors.toSet()));
        for (ComputeHost host : reachable) {
            Watch watch = watches.get(host.id());
            String line = host.address() + ":" + host.port() + "/" + host.incarnation();
            if (watch != null && watch.line.equals(line) && !watch.incomplete) {
                continue;
            }
            if (watch != null) {
                end(watch);
            }
            Watch next = new Watch(host.id(), line);
            watches.put(host.id(), next);
            try {
                next.handle = agents.watch(host, report -> received(next, report));
            } catch (RuntimeException e) {
                // One host's connection must not keep the others from being listened to.
                next.incomplete = true;
                log.error("host {} cannot be watched; the next round tries again", host.id(), e);
            }
        }
    }

    private void endAllBut(Set<HostId> present) {
        watches.values().removeIf(watch -> {
            boolean gone = !present.contains(watch.host);
            if (gone) {
                end(watch);
            }
            return gone;
        });
    }

    private static void end(Watch watch) {
        watch.ended = true;
        AutoCloseable handle = watch.handle;
        if (handle == null) {
            return;
        }
        try {
            handle.close();
        } catch (Exception e) {
            log.warn("the watch on {} did not close cleanly; what it still says is dropped", watch.host, e);
        }
    }

    private void received(Watch watch, InstanceReport report) {
        take(new Said(Road.WATCH, watch, watch.host, report));
    }

    /** Takes what came as an answer to an order. */
    private void answered(HostId from, InstanceReport report) {
        take(new Said(Road.ANSWER, watches.get(from), from, report));
    }

    private void take(Said said) {
        if (!inbox.add(said)) {
            log.debug("host {} is listened to no more; its report is dropped", said.from);
        }
    }

    /** What was heard together is stored together. */
    private void ingest(List<Said> heard) {
        ingestTogether(heard.stream().filter(GoalDelivery::counts).toList());
    }

    private static boolean counts(Said said) {
        Watch watch = said.watch;
        if (watch == null) {
            return true;
        }
        InstanceReport report = said.report;
        return switch (said.road) {
            case WATCH -> {
                // Once one was lost, those after it wait for the renewed watch as well, which tells them again in
                // order.
                if (watch.ended || watch.incomplete) {
                    yield false;
                }
                watch.newest.put(report.instance(), report);
                yield true;
            }
            case ANSWER -> {
                InstanceReport newest = watch.newest.get(report.instance());
                // The very same was taken, or is told again by a renewed watch.
                yield newest == null
                        || !newest.generation().equals(report.generation())
                        || (!newest.at().isAfter(report.at()) && !newest.equals(report));
            }
            case OURS -> true;
        };
    }

    private void ingestTogether(List<Said> some) {
        LeaderEpoch epoch = some.isEmpty() ? null : leader.get().orElse(null);
        if (epoch == null) {
            return;
        }
        try {
            view.ingest(
                    some.stream()
                            .map(said -> new DeliveryView.Heard(said.from, said.report))
                            .toList(),
                    epoch);
        } catch (StoreException e) {
            some.forEach(said -> lost(said.watch));
            Said first = some.getFirst();
            troubled("report of instance " + first.report.instance() + " from " + first.from, e);
        } catch (RuntimeException e) {
            if (some.size() > 1) {
                // Our own defect with one of them must not cost the others.
                log.warn("{} reports were not taken together; each is taken by itself", some.size(), e);
                some.forEach(said -> ingestTogether(List.of(said)));
                return;
            }
            Said said = some.getFirst();
            lost(said.watch);
            log.error(
                    "report of instance {} from {} was not taken; it is asked for again",
                    said.report.instance(),
                    said.from,
                    e);
        }
    }

    private static void lost(@Nullable Watch watch) {
        if (watch != null) {
            watch.incomplete = true;
        }
    }

    private DeliveryView.@Nullable Due due(InstanceId instance) {
        return dueOf(List.of(instance)).get(instance);
    }

    private Map<InstanceId, DeliveryView.Due> dueOf(List<InstanceId> instances) {
        return leader.get().map(epoch -> view.due(instances, epoch)).orElse(Map.of());
    }

    private void tell(DeliveryView.Due due) {
        InstanceOrder order = due.order();
        InstanceId instance = order.instance();
        if (due.drive() != null) {
            write(order, due.drive());
            return;
        }
        stalls.remove(instance);
        switch (agents.apply(due.host(), order, settings.applyDeadline())) {
            case AgentAnswer.Accepted accepted -> accepted.reports().forEach(report -> answered(order.host(), report));
            case AgentAnswer.Refused refused -> refused(order, refused.reason());
            case AgentAnswer.Stale stale -> {
                boolean renewed = view.renew(order, order.leader());
                log.warn(
                        "instance {} order of generation {} is stale for its home {}, generation {}: {}",
                        instance,
                        order.generation(),
                        order.host(),
                        renewed ? "raised" : "left as it is",
                        stale.reason());
            }
            case AgentAnswer.NoAnswer none ->
                log.info("host {} did not answer for instance {}: {}", order.host(), instance, none.reason());
        }
    }

    /**
     * Its guest reads it as soon as it starts. What storage that stalls does not answer is tried again in the next rounds. Its
     * owner may have stopped or deleted it while it was written, so what is to be told now is read anew.
     */
    private void write(InstanceOrder order, DeliveryView.Drive drive) {
        InstanceId instance = order.instance();
        try {
            drives.write(drive.file(), drive.content());
        } catch (DriverException e) {
            String reason = String.valueOf(e.getMessage());
            int tries = e.outcomeUnknown() ? stalls.merge(instance, 1, Integer::sum) : STALLS_MAX;
            if (tries < STALLS_MAX) {
                log.warn("instance {} waits for its config drive, try {}: {}", instance, tries, reason);
            } else {
                stalls.remove(instance);
                refused(order, reason);
            }
            return;
        }
        view.driveWritten(order, drive, order.leader());
        deliver(instance);
    }

    private void refused(InstanceOrder order, String reason) {
        if (view.declined(order, reason, order.leader())) {
            log.warn("host {} cannot have {} {}: {}", order.host(), order.instance(), order.goal(), reason);
            return;
        }
        if (order.goal() != InstanceGoal.RUNNING) {
            // What could not be stopped may be running; it is not FAILED, and it is told again.
            log.warn("host {} did not take {} for {}: {}", order.host(), order.goal(), order.instance(), reason);
            return;
        }
        InstanceReport report = new InstanceReport(
                order.instance(), order.generation(), ActualState.FAILED, false, reason, clock.instant());
        take(new Said(Road.OURS, watches.get(order.host()), order.host(), report));
    }

    private void submit(Runnable task) {
        try {
            workers.execute(task);
        } catch (RejectedExecutionException e) {
            log.debug("work after close is dropped; the next controller's round does it", e);
        }
    }

    @Override
    public void close() {
        if (rounds != null) {
            rounds.cancel(false);
        }
        timer.shutdownNow();
        workers.shutdownNow();
        try {
            if (!timer.awaitTermination(2, TimeUnit.SECONDS) || !workers.awaitTermination(2, TimeUnit.SECONDS)) {
                log.info("goal delivery closed while an order was under way; it is told again after the next start");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        inbox.close();
        endAllBut(Set.of());
    }

    /** Orders of one instance for one home: one at a time. */
    private record Lane(InstanceId instance, HostId home) {}

    /** Whether somebody asked again while an order was under way. */
    private enum Turn {
        LAST,
        ONE_MORE
    }

    /** How a report came here. */
    private enum Road {
        WATCH,
        /** To an order; what the watch has said meanwhile is newer. */
        ANSWER,
        /** Made here, of a refusal. */
        OURS
    }

    /** @param watch the one on its host at the moment, or null */
    private record Said(Road road, @Nullable Watch watch, HostId from, InstanceReport report) {}

    /** Listening to one host in one incarnation. */
    private static final class Watch {
        final HostId host;
        final String line;

        /** What it said last of each instance. Touched by the inbox's worker alone. */
        final Map<InstanceId, InstanceReport> newest = new ConcurrentHashMap<>();

        volatile @Nullable AutoCloseable handle;

        /** Something it said was not stored, or it could not be opened. */
        volatile boolean incomplete;

        volatile boolean ended;

        Watch(HostId host, String line) {
            this.host = host;
            this.line = line;
        }
    }
}
