package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.Claim;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostAgents;
import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.Withdrawals;
import io.holdfast.compute.core.Orders;
import io.holdfast.model.Fact;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.store.Outbox;
import io.holdfast.store.Store;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/**
 * Withdrawals in the store.
 *
 * <p>What if we die here: after the agent was told and before the home was taken away, the agent refuses the old
 * generation and the store still has it; the case asks again and goes on. After it was taken away the instance has no
 * home and says so in its task, and the same call answers the same.
 */
final class StoredWithdrawals implements Withdrawals {

    static final String WITHDRAWN = "withdrawn";

    private final Store store;
    private final Rows rows;
    private final Room room;
    private final HostAgents agents;
    private final InstanceChanges changes;
    private final InstantSource clock;

    StoredWithdrawals(
            Store store, Rows rows, Room room, HostAgents agents, InstanceChanges changes, InstantSource clock) {
        this.store = store;
        this.rows = rows;
        this.room = room;
        this.agents = agents;
        this.changes = changes;
        this.clock = clock;
    }

    @Override
    public Answer withdraw(
            InstanceId instance, Generation expected, HostId from, LeaderEpoch leader, Duration deadline) {
        Look look = store.inTransaction(session -> look(session, instance, expected, from, leader));
        return switch (look) {
            case Look.Settled settled -> settled.answer();
            case Look.Ask ask ->
                switch (agents.apply(ask.host(), ask.order(), deadline)) {
                    case AgentAnswer.Accepted accepted -> {
                        boolean confirmed = accepted.reports().stream()
                                .anyMatch(report -> report.instance().equals(instance)
                                        && report.generation().equals(expected.next())
                                        && report.actual() == ActualState.STOPPED);
                        yield confirmed
                                ? takeHome(instance, expected, from, leader)
                                : new Answer.NotConfirmed("host " + from + " took the order and did not say that the"
                                        + " instance is stopped");
                    }
                    case AgentAnswer.Stale stale -> new Answer.NotConfirmed(stale.reason());
                    case AgentAnswer.Refused refused -> new Answer.NotConfirmed(refused.reason());
                    case AgentAnswer.NoAnswer none -> new Answer.NotConfirmed(none.reason());
                };
        };
    }

    private Look look(Session session, InstanceId id, Generation expected, HostId from, LeaderEpoch leader) {
        InstanceRow row = session.find(InstanceRow.class, id.value());
        if (row == null || row.deletedAt != null || row.goal == InstanceGoal.DELETED) {
            return new Look.Settled(new Answer.Conflict("deleted by its owner"));
        }
        if (row.host == null
                && WITHDRAWN.equals(row.task)
                && row.generation == expected.next().value()) {
            return new Look.Settled(new Answer.Withdrawn(Generation.of(row.generation)));
        }
        HostRow home = session.find(HostRow.class, from.value());
        if (home == null || !from.value().equals(row.host) || row.generation != expected.value()) {
            return new Look.Settled(
                    new Answer.Conflict("its home is " + row.host + " at generation " + row.generation));
        }
        if (row.actual == ActualState.RUNNING) {
            return new Look.Settled(new Answer.RunsThere());
        }
        Optional<io.holdfast.compute.Image> image = rows.image(session, row);
        if (image.isEmpty()) {
            return new Look.Settled(new Answer.Conflict("its image is gone"));
        }
        Instance instance = rows.instance(session, row);
        ComputeHost host = rows.host(session, home);
        InstanceOrder order = Orders.order(instance, image.get(), from, host.epoch(), leader);
        return new Look.Ask(
                host,
                new InstanceOrder(from, host.epoch(), leader, id, expected.next(), InstanceGoal.STOPPED, order.spec()));
    }

    private Answer takeHome(InstanceId id, Generation expected, HostId from, LeaderEpoch leader) {
        AtomicReference<@Nullable Changed> changed = new AtomicReference<>();
        Answer answer = store.inTransaction(session -> {
            changed.set(null);
            HostRow home = rows.lockHost(session, from);
            Store.requireLeaderEpoch(session, SegmentId.of(home.segment), leader);
            InstanceRow row = rows.lock(session, id);
            if (row == null || !from.value().equals(row.host) || row.generation != expected.value()) {
                return new Answer.Conflict("it changed while its home was asked");
            }
            home.free(row.resources());
            row.host = null;
            row.generation = expected.next().value();
            row.task = WITHDRAWN;
            row.updatedAt = clock.instant();
            session.flush();
            changed.set(new Changed(rows.instance(session, row), row.version));
            return new Answer.Withdrawn(Generation.of(row.generation));
        });
        tell(changed.get());
        return answer;
    }

    @Override
    public Claim claim(InstanceId instance, Generation expected, HostId to, LeaderEpoch leader, List<Fact> facts) {
        AtomicReference<@Nullable Changed> changed = new AtomicReference<>();
        Claim claim = store.inTransaction(session -> {
            changed.set(null);
            HostRow target = rows.lockHost(session, to);
            Store.requireLeaderEpoch(session, SegmentId.of(target.segment), leader);
            InstanceRow row = rows.lock(session, instance);
            if (row == null || row.deletedAt != null || row.goal == InstanceGoal.DELETED) {
                return new Claim.Conflict("deleted by its owner");
            }
            if (to.value().equals(row.host) && row.generation == expected.next().value()) {
                return new Claim.Granted(to, Generation.of(row.generation), HostEpoch.of(row.epoch));
            }
            if (row.host != null || row.generation != expected.value() || !WITHDRAWN.equals(row.task)) {
                return new Claim.Conflict("its home is " + row.host + " at generation " + row.generation);
            }
            Optional<String> refusal = room.refusal(target, row.resources());
            if (refusal.isPresent()) {
                return new Claim.HostRefused(to, refusal.get());
            }
            target.take(row.resources());
            row.host = target.id;
            row.generation = expected.next().value();
            row.epoch = target.epoch;
            row.task = row.goal == InstanceGoal.RUNNING ? "evacuating" : null;
            row.fault = null;
            row.updatedAt = clock.instant();
            facts.forEach(fact -> Outbox.append(session, fact));
            session.flush();
            changed.set(new Changed(rows.instance(session, row), row.version));
            return new Claim.Granted(to, Generation.of(row.generation), HostEpoch.of(row.epoch));
        });
        tell(changed.get());
        return claim;
    }

    private void tell(@Nullable Changed changed) {
        if (changed != null) {
            changes.committed(changed.instance, changed.version, false);
        }
    }

    private sealed interface Look {
        record Settled(Answer answer) implements Look {}

        record Ask(ComputeHost host, InstanceOrder order) implements Look {}
    }

    private record Changed(Instance instance, long version) {}
}
