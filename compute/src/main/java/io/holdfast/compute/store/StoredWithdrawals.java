package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.Claim;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostAgents;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Image;
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
import io.holdfast.store.Outbox;
import io.holdfast.store.Store;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
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
                                ? takeHome(instance, expected, ask.order(), leader)
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
        rows.requireLeader(session, from, leader);
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
        if (home.state != HostState.SERVING) {
            // Its reports count for nothing, or it does not know yet what it owns.
            return new Look.Settled(new Answer.Conflict("its home " + from + " is " + home.state));
        }
        if (row.actual == ActualState.RUNNING) {
            return new Look.Settled(new Answer.RunsThere());
        }
        Optional<Image> image = rows.image(session, row);
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

    private Answer takeHome(InstanceId id, Generation expected, InstanceOrder asked, LeaderEpoch leader) {
        Result<Answer> result = store.inTransaction(session -> {
            HostRow home = rows.leadHost(session, asked.host(), leader);
            InstanceRow row = rows.lock(session, id);
            if (row == null
                    || row.deletedAt != null
                    || row.goal == InstanceGoal.DELETED
                    || !home.id.equals(row.host)
                    || row.generation != expected.value()) {
                return new Result<>(new Answer.Conflict("it changed while its home was asked"), null);
            }
            // Condemned since it was asked: the instance belongs to that home's own case, and needs a proof.
            if (home.state != HostState.SERVING
                    || home.epoch != asked.hostEpoch().value()) {
                return new Result<>(new Answer.Conflict("its home " + home.id + " is " + home.state), null);
            }
            Instance before = rows.instance(session, row);
            home.free(row.resources());
            row.host = null;
            row.generation = expected.next().value();
            // What the old home said of it must not be taken for a word of the next one.
            row.actual = ActualState.STOPPED;
            row.task = WITHDRAWN;
            row.withdrawnAt = clock.instant();
            row.calledAt = null;
            row.updatedAt = row.withdrawnAt;
            return new Result<>(new Answer.Withdrawn(Generation.of(row.generation)), rows.change(session, before, row));
        });
        return tell(result);
    }

    @Override
    public Claim claim(InstanceId instance, Generation expected, HostId to, LeaderEpoch leader, List<Fact> facts) {
        Result<Claim> result = store.inTransaction(session -> {
            HostRow target = rows.leadHost(session, to, leader);
            InstanceRow row = rows.lock(session, instance);
            if (row == null || row.deletedAt != null || row.goal == InstanceGoal.DELETED) {
                return new Result<>(new Claim.Conflict("deleted by its owner"), null);
            }
            if (to.value().equals(row.host) && row.generation == expected.next().value()) {
                return new Result<>(
                        new Claim.Granted(to, Generation.of(row.generation), HostEpoch.of(row.epoch)), null);
            }
            if (row.host != null || row.generation != expected.value() || !WITHDRAWN.equals(row.task)) {
                return new Result<>(
                        new Claim.Conflict("its home is " + row.host + " at generation " + row.generation), null);
            }
            Optional<String> refusal = room.refusal(target, row.resources());
            if (refusal.isPresent()) {
                return new Result<>(new Claim.HostRefused(to, refusal.get()), null);
            }
            Optional<String> parted = GroupLimits.refusal(session, row, target);
            if (parted.isPresent()) {
                return new Result<>(new Claim.Conflict(parted.get()), null);
            }
            Instance before = rows.instance(session, row);
            target.take(row.resources());
            row.host = target.id;
            row.generation = expected.next().value();
            row.epoch = target.epoch;
            row.task = row.goal == InstanceGoal.RUNNING ? "evacuating" : null;
            row.fault = null;
            row.updatedAt = clock.instant();
            facts.forEach(fact -> Outbox.append(session, fact));
            return new Result<>(
                    new Claim.Granted(to, Generation.of(row.generation), HostEpoch.of(row.epoch)),
                    rows.change(session, before, row));
        });
        return tell(result);
    }

    private <T> T tell(Result<T> result) {
        if (result.change != null) {
            changes.committed(result.change);
        }
        return result.value;
    }

    private sealed interface Look {
        record Settled(Answer answer) implements Look {}

        record Ask(ComputeHost host, InstanceOrder order) implements Look {}
    }

    private record Result<T>(T value, InstanceChanges.@Nullable Change change) {}
}
