package io.holdfast.compute.control;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.ComputeSettings;
import io.holdfast.compute.HostAgents;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.store.StoreException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells agents their goals until the reports agree, and listens to their reports.
 *
 * <p>What if we die here: nothing is kept but in the store; the next controller's first round does it all again, and
 * agents take the same order twice without doing anything twice.
 *
 * <p>A report that cannot be stored because the database is away is not lost: an agent repeats its whole state whenever
 * the watch is renewed, and the round asks again for every instance whose goal has not arrived.
 */
public final class GoalDelivery implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(GoalDelivery.class);

    private final DeliveryView view;
    private final HostAgents agents;
    private final Supplier<Optional<LeaderEpoch>> leader;
    private final ComputeSettings settings;
    private final InstantSource clock;

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("goal-delivery").daemon().factory());
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();

    /** Instances with an order under way. */
    private final Map<InstanceId, Turn> underWay = new ConcurrentHashMap<>();

    /** Touched by the timer thread alone. */
    private final Map<HostId, Watch> watches = new HashMap<>();

    private volatile String trouble = "";

    private @Nullable ScheduledFuture<?> rounds;

    public GoalDelivery(
            DeliveryView view,
            HostAgents agents,
            Supplier<Optional<LeaderEpoch>> leader,
            ComputeSettings settings,
            InstantSource clock) {
        this.view = view;
        this.agents = agents;
        this.leader = leader;
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

    /** Tells one instance's goal now. Returns at once; safe from any thread. */
    public void deliver(InstanceId instance) {
        if (underWay.putIfAbsent(instance, Turn.LAST) != null) {
            underWay.replace(instance, Turn.ONE_MORE);
            return;
        }
        submit(() -> {
            do {
                attempt(instance);
            } while (!underWay.remove(instance, Turn.LAST) && underWay.replace(instance, Turn.ONE_MORE, Turn.LAST));
        });
    }

    private void attempt(InstanceId instance) {
        try {
            tell(instance);
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
        if (leader.get().isEmpty()) {
            return;
        }
        try {
            listen();
            view.placeHomeless();
            view.undelivered().forEach(this::deliver);
            trouble = "";
        } catch (StoreException e) {
            troubled("a round of goal delivery", e);
        } catch (RuntimeException e) {
            // Our own defect. The timer would never call again after an exception, and no goal would ever arrive.
            trouble = "a round of goal delivery failed: " + e;
            log.error("a round of goal delivery failed; the next one comes all the same", e);
        }
    }

    private void troubled(String what, StoreException e) {
        trouble = e.getMessage() == null ? e.toString() : e.getMessage();
        log.warn("{} waits for the store: {}", what, trouble);
    }

    private void listen() {
        Set<HostId> present = new HashSet<>();
        for (ComputeHost host : view.reachable()) {
            present.add(host.id());
            String line = host.address() + ":" + host.port() + "/" + host.incarnation();
            Watch watch = watches.get(host.id());
            if (watch == null || !watch.line.equals(line)) {
                if (watch != null) {
                    end(host.id(), watch);
                }
                AutoCloseable handle = agents.watch(host, report -> received(host.id(), report));
                watches.put(host.id(), new Watch(line, handle));
            }
        }
        watches.entrySet().removeIf(entry -> {
            boolean gone = !present.contains(entry.getKey());
            if (gone) {
                end(entry.getKey(), entry.getValue());
            }
            return gone;
        });
    }

    private static void end(HostId host, Watch watch) {
        try {
            watch.handle.close();
        } catch (Exception e) {
            log.warn("the watch on {} did not close cleanly; its reports are still checked one by one", host, e);
        }
    }

    private void received(HostId from, InstanceReport report) {
        submit(() -> {
            try {
                view.ingest(from, report);
            } catch (StoreException e) {
                troubled("report of instance " + report.instance() + " from " + from, e);
            }
        });
    }

    private void tell(InstanceId instance) {
        LeaderEpoch epoch = leader.get().orElse(null);
        if (epoch == null) {
            return;
        }
        DeliveryView.Due due = view.due(instance, epoch).orElse(null);
        if (due == null) {
            return;
        }
        InstanceOrder order = due.order();
        switch (agents.apply(due.host(), order, settings.applyDeadline())) {
            case AgentAnswer.Accepted accepted ->
                accepted.reports().forEach(report -> view.ingest(order.host(), report));
            case AgentAnswer.Refused refused ->
                view.ingest(
                        order.host(),
                        new InstanceReport(
                                instance, order.generation(), ActualState.FAILED, refused.reason(), clock.instant()));
            case AgentAnswer.Stale stale ->
                log.warn("host {} knows better than order {}: {}", order.host(), order.generation(), stale.reason());
            case AgentAnswer.NoAnswer none ->
                log.info("host {} did not answer for instance {}: {}", order.host(), instance, none.reason());
        }
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
        watches.forEach(GoalDelivery::end);
        watches.clear();
    }

    /** Whether somebody asked again while an order was under way. */
    private enum Turn {
        LAST,
        ONE_MORE
    }

    private record Watch(String line, AutoCloseable handle) {}
}
