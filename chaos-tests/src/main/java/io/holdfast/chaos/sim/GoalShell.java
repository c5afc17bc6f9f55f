package io.holdfast.chaos.sim;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.HostSurroundings;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.recovery.HostSnapshots;
import io.holdfast.scheduler.GroupSnapshot;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import io.holdfast.scheduler.Scheduler;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tells agents their goals until the reports agree, and listens to their reports; the event-driven twin of the product's
 * goal delivery.
 */
final class GoalShell {

    private static final Duration ROUND = Duration.ofSeconds(2);
    private static final Duration APPLY = Duration.ofSeconds(20);

    private final ControllerProcess process;
    private final Scheduler scheduler;
    private final Predicate<HostId> avoided;
    private final Predicate<InstanceId> held;

    /** Orders under way, and those among them after which somebody wants another look. */
    private final Set<Lane> underWay = new HashSet<>();

    private final Set<Lane> again = new HashSet<>();

    /** The agent session whose reports are complete so far, by host. */
    private final Map<HostId, String> heard = new HashMap<>();

    /** What was heard last of each instance: answers come by another road than the stream, and may be overtaken. */
    private final Map<InstanceId, InstanceReport> said = new HashMap<>();

    GoalShell(ControllerProcess process, Scheduler scheduler, Predicate<HostId> avoided, Predicate<InstanceId> held) {
        this.process = process;
        this.scheduler = scheduler;
        this.avoided = avoided;
        this.held = held;
    }

    void begin() {
        process.after(ROUND, this::round);
    }

    /** Somebody else leads, or we do anew: what was heard before counts for nothing. */
    void leadershipChanged() {
        heard.clear();
        if (process.leader().isPresent()) {
            process.after(process.callTime(), this::lookAround);
        }
    }

    private void round() {
        lookAround();
        process.after(ROUND, this::round);
    }

    private void lookAround() {
        LeaderEpoch leader = process.leader().orElse(null);
        if (leader == null) {
            return;
        }
        try {
            DatabaseClient database = process.database();
            Database real = process.world().database();
            database.read(real::reachable).forEach(this::listen);
            database.read(real::undelivered).stream()
                    .filter(instance -> !held.test(instance)
                            && underWay.stream()
                                    .noneMatch(lane -> lane.instance().equals(instance)))
                    .forEach(this::deliver);
            Database.Homeless homeless = database.read(real::homeless);
            if (!homeless.requests().isEmpty()) {
                place(homeless);
            }
        } catch (DatabaseAway away) {
            // The next round comes in any case.
            process.missed("a round of goal delivery");
        }
    }

    private void place(Database.Homeless homeless) {
        DatabaseClient database = process.database();
        Map<HostId, HostSurroundings> around = database.hosts().surroundings();
        List<HostSnapshot> snapshot = database.hosts().list().stream()
                .map(host -> HostSnapshots.of(host, avoided, around.getOrDefault(host.id(), HostSurroundings.NONE)))
                .toList();
        Map<HostId, FailureDomains> domains =
                snapshot.stream().collect(Collectors.toMap(HostSnapshot::host, HostSnapshot::domains));
        List<GroupSnapshot> groups = homeless.groups().stream()
                .map(group -> new GroupSnapshot(
                        group.id(),
                        group.name(),
                        group.policy(),
                        group.maxPerHost(),
                        Set.copyOf(group.members()),
                        group.homes(),
                        group.spread(),
                        domains))
                .toList();
        for (Placement placement : scheduler.place(snapshot, groups, homeless.requests())) {
            switch (placement) {
                case Placement.Placed placed -> {
                    if (database.write(
                            () -> process.world().database().takeFirstHome(placed.instance(), placed.host()))) {
                        deliver(placed.instance());
                    }
                }
                case Placement.NoValidHost none ->
                    database.write(() -> {
                        process.world().database().failToPlace(none.instance(), "No valid host was found.");
                        return true;
                    });
            }
        }
    }

    // ---- reports

    /** Asks for everything that is there, once per agent session. */
    private void listen(HostId id) {
        Host host = process.world().host(id);
        Agent agent = host.agent();
        if (agent == null || agent.session().equals(heard.get(id))) {
            return;
        }
        process.call(
                host,
                false,
                (Consumer<List<InstanceReport>> answer) -> {
                    Agent there = host.agent();
                    if (there != null && !there.isHung()) {
                        answer.accept(there.reports());
                    }
                },
                reports -> {
                    heard.put(id, agent.session());
                    reports.forEach(report -> ingest(id, report));
                });
    }

    /** An agent says what changed. */
    void report(Host host, InstanceReport report) {
        if (process.leader().isEmpty()) {
            return;
        }
        Agent agent = host.agent();
        boolean connected = agent == null
                || process.world().network().connected(Network.Net.MANAGEMENT, host.party(), process.name());
        if (!connected || !process.receive(host, () -> ingest(host.id(), report))) {
            // The stream broke; everything is asked for again when it can be.
            heard.remove(host.id());
        }
    }

    private void ingest(HostId from, InstanceReport report) {
        LeaderEpoch leader = process.leader().orElse(null);
        InstanceReport newest = said.get(report.instance());
        boolean old = newest != null
                && newest.generation().equals(report.generation())
                && newest.at().isAfter(report.at());
        if (leader == null || old) {
            return;
        }
        said.put(report.instance(), report);
        try {
            process.database().write(() -> {
                process.world().database().ingest(from, report, leader);
                return true;
            });
        } catch (DatabaseAway away) {
            heard.remove(from);
        } catch (StoreException stale) {
            process.missed("a report is left to the new leader");
        }
    }

    // ---- goals

    void deliver(InstanceId instance) {
        process.after(process.callTime(), () -> {
            InstanceOrder order = due(instance);
            if (order == null) {
                return;
            }
            // A home that does not answer holds up its own orders; the next home's are told at once.
            Lane lane = new Lane(instance, order.host());
            if (underWay.add(lane)) {
                tell(lane, order);
            } else {
                again.add(lane);
            }
        });
    }

    private @Nullable InstanceOrder due(InstanceId instance) {
        LeaderEpoch leader = process.leader().orElse(null);
        try {
            return leader == null
                    ? null
                    : process.database()
                            .read(() -> process.world().database().due(instance, leader))
                            .orElse(null);
        } catch (DatabaseAway away) {
            process.missed("a goal waits for the database");
            return null;
        }
    }

    private void tell(Lane lane, InstanceOrder order) {
        process.apply(order, APPLY, answer -> {
            try {
                took(order, order.leader(), answer);
            } catch (DatabaseAway | StoreException away) {
                process.missed("an answer waits for the database");
            }
            underWay.remove(lane);
            if (again.remove(lane)) {
                deliver(lane.instance());
            }
        });
    }

    private record Lane(InstanceId instance, HostId home) {}

    private void took(InstanceOrder order, LeaderEpoch leader, AgentAnswer answer) {
        switch (answer) {
            case AgentAnswer.Accepted accepted -> accepted.reports().forEach(report -> ingest(order.host(), report));
            case AgentAnswer.Refused refused -> {
                if (order.goal() == InstanceGoal.RUNNING) {
                    ingest(
                            order.host(),
                            new InstanceReport(
                                    order.instance(),
                                    order.generation(),
                                    ActualState.FAILED,
                                    false,
                                    refused.reason(),
                                    process.clock().instant()));
                }
            }
            case AgentAnswer.Stale stale ->
                process.database().write(() -> process.world().database().renew(order, leader));
            case AgentAnswer.NoAnswer none -> process.missed("no answer");
        }
    }
}
