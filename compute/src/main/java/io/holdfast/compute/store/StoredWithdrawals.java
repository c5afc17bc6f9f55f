package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.Claim;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.DiagnosticsAnswer;
import io.holdfast.compute.HostAgents;
import io.holdfast.compute.HostState;
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
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.BiFunction;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Withdrawals in the store.
 *
 * <p>What if we die here: after the agent was told and before the home was taken away, the agent refuses the old
 * generation and the store still has it; the case asks again and goes on. After it was taken away the instance has no
 * home and says so in its task, and the same call answers the same.
 */
final class StoredWithdrawals implements Withdrawals {

    private static final Logger log = LoggerFactory.getLogger(StoredWithdrawals.class);

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
            case Look.Ask ask -> {
                String not = unconfirmed(ask, deadline);
                yield not == null ? takeHome(instance, expected, ask.order(), leader) : new Answer.NotConfirmed(not);
            }
        };
    }

    /** Tells the home, and says why its answer is no confirmation that nothing runs there; null when it is one. */
    private @Nullable String unconfirmed(Look.Ask ask, Duration deadline) {
        InstanceOrder order = ask.order();
        return switch (agents.apply(ask.host(), order, deadline)) {
            case AgentAnswer.Accepted accepted ->
                accepted.reports().stream()
                                .anyMatch(report -> report.instance().equals(order.instance())
                                        && report.generation().equals(order.generation())
                                        && report.actual() == ActualState.STOPPED)
                        ? null
                        : "host " + order.host() + " took the order and did not say that the instance is stopped";
            case AgentAnswer.Stale stale -> stale.reason();
            case AgentAnswer.Refused refused -> refused.reason();
            case AgentAnswer.NoAnswer none -> none.reason();
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
        Optional<Look.Ask> ask = ask(session, row, home, leader);
        return ask.isPresent() ? ask.get() : new Look.Settled(new Answer.Conflict("its image is gone"));
    }

    /** What its home is to be told: the next generation, not running. Empty when its image is gone. */
    private Optional<Look.Ask> ask(Session session, InstanceRow row, HostRow home, LeaderEpoch leader) {
        return rows.image(session, row).map(image -> {
            Instance instance = rows.instance(session, row);
            ComputeHost host = home.toHost();
            InstanceOrder order = Orders.order(
                    instance, image, rows.guestTerms(session, row), row.cells(), host.id(), host.epoch(), leader);
            return new Look.Ask(
                    host,
                    new InstanceOrder(
                            host.id(),
                            host.epoch(),
                            leader,
                            instance.id(),
                            instance.generation().next(),
                            InstanceGoal.STOPPED,
                            order.spec()));
        });
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
            row.leave(home);
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
            if (row.host != null || row.generation != expected.value() || row.looksForHome()) {
                return new Result<>(
                        new Claim.Conflict("its home is " + row.host + " at generation " + row.generation), null);
            }
            Optional<String> refusal = room.refusal(target, row.resources())
                    .or(() -> StoredStocks.refusal(session, row, target))
                    .or(() -> StoredCells.refusal(session, row, target));
            if (refusal.isPresent()) {
                return new Result<>(new Claim.HostRefused(to, refusal.get()), null);
            }
            Optional<String> parted = GroupLimits.refusal(session, row, target);
            if (parted.isPresent()) {
                return new Result<>(new Claim.Conflict(parted.get()), null);
            }
            Instance before = rows.instance(session, row);
            StoredCells.choose(session, row, target);
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

    @Override
    public Relocation relocate(
            InstanceId instance, Generation expected, HostId from, HostId to, LeaderEpoch leader, Duration deadline) {
        return move(
                instance,
                expected,
                from,
                to,
                leader,
                deadline,
                (session, order) -> rehome(session, order, to, leader, this::relocated));
    }

    @Override
    public Relocation follow(
            InstanceId instance, Generation expected, HostId from, HostId to, LeaderEpoch leader, Duration deadline) {
        if (isSeenAt(instance, from, deadline)) {
            // It would be told to end a guest that is well.
            return new Relocation.NotConfirmed("host " + from + " says that it runs there");
        }
        return move(
                instance,
                expected,
                from,
                to,
                leader,
                deadline,
                (session, order) -> rehome(session, order, to, leader, this::followed));
    }

    private Relocation move(
            InstanceId instance,
            Generation expected,
            HostId from,
            HostId to,
            LeaderEpoch leader,
            Duration deadline,
            BiFunction<Session, InstanceOrder, Result<Relocation>> confirmed) {
        Begun begun = tell(store.inTransaction(session -> begin(session, instance, expected, from, to, leader)));
        return switch (begun) {
            case Begun.Settled settled -> settled.answer();
            case Begun.Ask ask -> {
                String not = unconfirmed(ask.what(), deadline);
                yield not == null
                        ? tell(store.inTransaction(
                                session -> confirmed.apply(session, ask.what().order())))
                        : new Relocation.NotConfirmed(not);
            }
        };
    }

    @Override
    public boolean isSeenAt(InstanceId instance, HostId host, Duration deadline) {
        return store.inTransaction(session -> Optional.ofNullable(session.find(HostRow.class, host.value()))
                        .map(HostRow::toHost))
                .filter(known -> agents.diagnose(known, instance, deadline) instanceof DiagnosticsAnswer.Known)
                .isPresent();
    }

    private Result<Begun> begin(
            Session session, InstanceId id, Generation expected, HostId from, HostId to, LeaderEpoch leader) {
        HostRow home = rows.leadHost(session, from, leader);
        InstanceRow row = rows.lock(session, id);
        if (row != null
                && row.deletedAt == null
                && to.value().equals(row.host)
                && row.generation == expected.next().next().value()) {
            return settled(new Relocation.Relocated(Generation.of(row.generation)));
        }
        String changed = changed(row, home, expected);
        if (changed != null) {
            return settled(new Relocation.Conflict(changed));
        }
        InstanceRow living = Objects.requireNonNull(row);
        Optional<Look.Ask> ask = ask(session, living, home, leader);
        if (ask.isEmpty()) {
            return settled(new Relocation.Conflict("its image is gone"));
        }
        if (MIGRATING.equals(living.task)) {
            return new Result<>(new Begun.Ask(ask.get()), null);
        }
        Instance before = rows.instance(session, living);
        living.task = MIGRATING;
        living.updatedAt = clock.instant();
        return new Result<>(new Begun.Ask(ask.get()), rows.change(session, before, living));
    }

    private static Result<Begun> settled(Relocation answer) {
        return new Result<>(new Begun.Settled(answer), null);
    }

    /** The home has confirmed: in one transaction it gets the new home, or goes on at this one. */
    private Result<Relocation> rehome(
            Session session, InstanceOrder asked, HostId to, LeaderEpoch leader, Arrival arrival) {
        rows.requireLeader(session, asked.host(), leader);
        // By name, like every claim that looks at two hosts.
        new TreeSet<>(List.of(asked.host(), to)).forEach(host -> rows.findLocked(session, host));
        HostRow home = rows.lockHost(session, asked.host());
        HostRow target = rows.findLocked(session, to).orElse(null);
        InstanceRow row = rows.lock(session, asked.instance());
        // What the home was told is the generation after the expected one.
        String changed = changed(row, home, Generation.of(asked.generation().value() - 1));
        if (changed == null && home.epoch != asked.hostEpoch().value()) {
            changed = "its home " + home.id + " has begun another life";
        }
        if (changed != null) {
            return new Result<>(new Relocation.Conflict(changed), null);
        }
        InstanceRow living = Objects.requireNonNull(row);
        return target == null
                ? goOn(session, living, "host " + to + ": it is not known here")
                : arrival.at(session, living, home, target);
    }

    private Result<Relocation> relocated(Session session, InstanceRow row, HostRow home, HostRow target) {
        String refusal = refusal(session, row, home, target);
        return refusal == null
                ? rehomed(session, row, home, target)
                : goOn(session, row, "host " + target.id + ": " + refusal);
    }

    /** Its guest is at the target already, and may run there unless that is proven isolated. */
    private Result<Relocation> followed(Session session, InstanceRow row, HostRow home, HostRow target) {
        if (target.state == HostState.FENCED) {
            return goOn(session, row, "host " + target.id + ", where it was moved to, is proven isolated since");
        }
        if (target.state != HostState.SERVING || !target.segment.equals(home.segment)) {
            String why = target.state == HostState.SERVING
                    ? "belongs to segment " + target.segment + ", which has other storage"
                    : "is " + target.state;
            return new Result<>(new Relocation.NotConfirmed("host " + target.id + ", where it may run, " + why), null);
        }
        String refusal = refusal(session, row, home, target);
        if (refusal != null) {
            log.warn("instance {} is followed to {} all the same: {}", row.id, target.id, refusal);
        }
        return rehomed(session, row, home, target);
    }

    private Result<Relocation> rehomed(Session session, InstanceRow row, HostRow home, HostRow target) {
        Instance before = rows.instance(session, row);
        StoredCells.choose(session, row, target);
        home.free(row.resources());
        target.take(row.resources());
        row.host = target.id;
        row.epoch = target.epoch;
        row.fault = null;
        InstanceChanges.Change change = restart(session, before, row);
        return new Result<>(new Relocation.Relocated(Generation.of(row.generation)), change);
    }

    private @Nullable String refusal(Session session, InstanceRow row, HostRow home, HostRow target) {
        if (!target.segment.equals(home.segment)) {
            return "it belongs to segment " + target.segment + ", which has other storage";
        }
        return room.refusal(target, row.resources())
                .or(() -> StoredStocks.refusal(session, row, target))
                .or(() -> StoredCells.refusal(session, row, target))
                .or(() -> GroupLimits.refusal(session, row, target))
                .orElse(null);
    }

    @Override
    public Relocation keep(InstanceId instance, Generation expected, HostId home, LeaderEpoch leader) {
        return tell(store.inTransaction(session -> {
            HostRow host = rows.leadHost(session, home, leader);
            InstanceRow row = rows.lock(session, instance);
            String changed = changed(row, host, expected);
            return changed == null
                    ? goOn(session, Objects.requireNonNull(row), "it was not taken from there")
                    : new Result<>(new Relocation.Conflict(changed), null);
        }));
    }

    private Result<Relocation> goOn(Session session, InstanceRow row, String reason) {
        InstanceChanges.Change change = restart(session, rows.instance(session, row), row);
        return new Result<>(new Relocation.Kept(Generation.of(row.generation), reason), change);
    }

    /** Two generations further, because the one between was told to the home with the goal "not running". */
    private InstanceChanges.Change restart(Session session, Instance before, InstanceRow row) {
        row.generation += 2;
        // Nothing was reported of this generation, and a "stopped" of it must not pass for the wish of whoever is
        // inside.
        row.actual = ActualState.UNKNOWN;
        row.task = MIGRATING;
        row.updatedAt = clock.instant();
        return rows.change(session, before, row);
    }

    /** Why it can be moved from this home at this generation no more; null when it can. */
    private static @Nullable String changed(@Nullable InstanceRow row, HostRow home, Generation expected) {
        if (row == null || row.deletedAt != null || row.goal != InstanceGoal.RUNNING) {
            return "its owner has " + (row == null ? InstanceGoal.DELETED : row.goal).word() + " it";
        }
        if (!home.id.equals(row.host) || row.generation != expected.value()) {
            return "its home is " + row.host + " at generation " + row.generation;
        }
        // Condemned: it belongs to that home's own case, and needs a proof.
        return home.state == HostState.SERVING ? null : "its home " + home.id + " is " + home.state;
    }

    private <T> T tell(Result<T> result) {
        if (result.change != null) {
            changes.committed(result.change);
        }
        return result.value;
    }

    /** What becomes of an instance that its home has let go. */
    private interface Arrival {
        Result<Relocation> at(Session session, InstanceRow row, HostRow home, HostRow target);
    }

    private sealed interface Look {
        record Settled(Answer answer) implements Look {}

        record Ask(ComputeHost host, InstanceOrder order) implements Look {}
    }

    private sealed interface Begun {
        record Settled(Relocation answer) implements Begun {}

        record Ask(Look.Ask what) implements Begun {}
    }

    private record Result<T>(T value, InstanceChanges.@Nullable Change change) {}
}
