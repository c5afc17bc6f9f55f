package io.holdfast.recovery;

import io.holdfast.compute.Claims;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instance;
import io.holdfast.compute.ServerGroup;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal.Stored;
import io.holdfast.recovery.core.Armed;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Guards;
import io.holdfast.recovery.core.KeptPlan;
import io.holdfast.recovery.core.SegmentOrders;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Scheduler;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Takes operators' orders: asks what must be asked, writes what the store has to know, and hands the rest to the engine's
 * owner thread.
 *
 * <p>Blocks on the caller's thread, any thread. What it gives to {@link RecoveryEngine#ask} runs on the owner thread. What if
 * we die here: an order is durable before the engine hears of it, and a new leader reads it; a word is durable with its case.
 */
final class OperatorDesk implements OperatorVerbs {

    private static final Set<String> SIGNALS = new TreeSet<>(Set.of("lease", "group", "probe", "power", "disk"));

    private final RecoveryEngine engine;
    private final CaseRequests requests;
    private final Arrivals arrivals;
    private final HoldReviews reviews;
    private final SegmentId segment;
    private final Supplier<Optional<LeaderEpoch>> leadership;
    private final Hosts hosts;
    private final Claims claims;
    private final Fencing fencing;
    private final Scheduler scheduler;
    private final Reserves reserves;
    private final KeptPlans kept;
    private final CaseJournal journal;
    private final OrderBook book;
    private final SignsOfLife signs;
    private final RecoverySettings settings;
    private final InstantSource clock;

    OperatorDesk(
            RecoveryEngine engine,
            CaseRequests requests,
            Arrivals arrivals,
            HoldReviews reviews,
            SegmentId segment,
            Supplier<Optional<LeaderEpoch>> leadership,
            Hosts hosts,
            Claims claims,
            Fencing fencing,
            Scheduler scheduler,
            Reserves reserves,
            KeptPlans kept,
            CaseJournal journal,
            OrderBook book,
            SignsOfLife signs,
            RecoverySettings settings,
            InstantSource clock) {
        this.engine = engine;
        this.requests = requests;
        this.arrivals = arrivals;
        this.reviews = reviews;
        this.segment = segment;
        this.leadership = leadership;
        this.hosts = hosts;
        this.claims = claims;
        this.fencing = fencing;
        this.scheduler = scheduler;
        this.reserves = reserves;
        this.kept = kept;
        this.journal = journal;
        this.book = book;
        this.signs = signs;
        this.settings = settings;
        this.clock = clock;
    }

    @Override
    public void confirmDead(HostId host, Actor by, String reason, Set<String> overridden) {
        engine.known(host);
        if (reason.isBlank()) {
            throw new ComputeException(
                    ComputeException.Kind.INVALID,
                    "confirm-dead needs a reason: how do you know that the host is dead?");
        }
        Set<String> unknown = new TreeSet<>(overridden);
        unknown.removeAll(SIGNALS);
        if (!unknown.isEmpty()) {
            throw new ComputeException(
                    ComputeException.Kind.INVALID,
                    "there is no signal " + String.join(", ", unknown) + "; the signals are "
                            + String.join(", ", SIGNALS));
        }
        requests.refuseIfIgnoring();
        List<SignsOfLife.Sign> living = signs.of(host);
        List<String> against = living.stream()
                .filter(sign -> !overridden.contains(sign.signal()))
                .map(sign -> sign.signal() + " (" + sign.reading() + ")")
                .toList();
        if (!against.isEmpty()) {
            throw new ComputeException(
                    ComputeException.Kind.CONFLICT,
                    "these signals say that host " + host + " lives: " + String.join(", ", against)
                            + ". Make sure at the machine; a signal that is known to be wrong can be overridden by its"
                            + " name");
        }
        List<String> wrong = living.stream()
                .map(sign -> sign.signal() + " (" + sign.reading() + ")")
                .toList();
        String said = reason + (wrong.isEmpty() ? "" : "; overridden: " + String.join(", ", wrong));
        requests.takeWord(
                host,
                by,
                "confirmed dead by " + by + ": " + said,
                new CaseState.Word(by.name(), by.channel(), true, said, clock.instant(), true));
    }

    @Override
    public void abandon(CaseId id, Actor by, String reason) {
        Stored stored = journal.find(id)
                .orElseThrow(() -> new ComputeException(ComputeException.Kind.NOT_FOUND, "no case " + id));
        if (reason.isBlank()) {
            throw new ComputeException(ComputeException.Kind.INVALID, "giving a case up needs a reason");
        }
        if (stored.state().closed()) {
            throw new ComputeException(ComputeException.Kind.CONFLICT, "case " + id + " is closed already");
        }
        String refused = engine.ask(() -> requests.giveUp(id, by, reason));
        if (!refused.isEmpty()) {
            throw new ComputeException(
                    ComputeException.Kind.CONFLICT, "case " + id + " cannot be given up now: " + refused);
        }
    }

    @Override
    public void maintenance(HostId host, boolean on, Actor by, String reason) {
        ComputeHost now = engine.known(host);
        if (on == (now.maintenance() != null)) {
            return;
        }
        if (on) {
            hosts.startMaintenance(host, by, reason);
        } else {
            hosts.endMaintenance(host, by);
        }
        String text = (on ? "maintenance begins, by " : "maintenance ends, by ")
                + by
                + (reason.isEmpty() ? "" : ": " + reason);
        engine.ask(() -> {
            engine.maintenanceChanged(host, text, on);
            return true;
        });
    }

    @Override
    public void maintenance(SegmentId id, boolean on, Actor by, String reason) {
        String who = by + (reason.isEmpty() ? "" : ": " + reason);
        order(id, before -> before.withMaintenance(on ? who : null));
    }

    @Override
    public void arm(SegmentId id, Armed mode, Actor by, String reason) {
        if (mode != Armed.ARMED && reason.isBlank()) {
            throw new ComputeException(
                    ComputeException.Kind.INVALID, "disarming a segment needs a reason, for whoever looks at it next");
        }
        order(id, before -> before.with(mode, by + (reason.isEmpty() ? "" : ": " + reason)));
    }

    /** One after the other: what an operator orders is laid over what stands there. */
    private synchronized void order(SegmentId id, UnaryOperator<SegmentOrders> change) {
        if (!id.equals(segment)) {
            throw new ComputeException(ComputeException.Kind.NOT_FOUND, "no segment " + id + " here");
        }
        if (leadership.get().isEmpty()) {
            throw new RecoveryUnavailable(
                    "this controller does not lead segment " + segment + " now; ask the one that does");
        }
        SegmentOrders next = change.apply(book.orders(segment));
        book.put(segment, next);
        engine.ask(() -> {
            Map<String, Object> data = new LinkedHashMap<>();
            data.put("segment", segment.value());
            data.put("armed", next.armed().name());
            data.put("why", next.why());
            data.put("maintenance", next.maintenance() == null ? "" : next.maintenance());
            engine.tell("segment.ordered", "segment/" + segment, data);
            engine.follow(next);
            return true;
        });
    }

    @Override
    public void release(HostId host, Actor by) {
        ComputeHost now = engine.known(host);
        if (now.quarantine() == null) {
            throw new ComputeException(ComputeException.Kind.CONFLICT, "host " + host + " is not in quarantine");
        }
        hosts.release(host);
        engine.ask(() -> {
            arrivals.released(host, "released from quarantine by " + by);
            return true;
        });
    }

    @Override
    public SegmentOrders orders(SegmentId id) {
        return book.orders(id);
    }

    @Override
    public List<OrderBook.Note> notes(HostId host, int limit) {
        return book.notes(host, limit);
    }

    @Override
    public Kept kept() {
        return kept.summary();
    }

    @Override
    public WhatIf whatIf(List<HostId> failed, boolean powerOff) {
        if (failed.isEmpty()) {
            throw new ComputeException(ComputeException.Kind.INVALID, "what-if needs at least one host");
        }
        List<ComputeHost> rows =
                new LinkedHashSet<>(failed).stream().map(engine::known).toList();
        GuardDesk.Surroundings around = engine.surroundings();
        Map<HostId, List<Instance>> living = new LinkedHashMap<>();
        rows.forEach(row -> living.put(row.id(), claims.at(row.id())));
        List<HostSnapshot> snapshots = HostSnapshots.of(hosts, host -> engine.avoids(host) || living.containsKey(host));
        List<ServerGroup> groups = claims.groups();
        Instant now = clock.instant();
        List<Guards.Review> said = engine.ask(() -> reviews.together(rows, around, powerOff));
        return DryRun.of(
                segment,
                rows,
                said,
                living,
                fencing::levels,
                // Those that are kept are for hosts that fail alone.
                rows.size() == 1
                        ? kept.of(rows.getFirst().id()).map(KeptPlan::at).orElse(null)
                        : null,
                requests -> {
                    HostSnapshots.Asked asked = HostSnapshots.asked(
                                    claims, groups, requests, HostSnapshots.domains(snapshots))
                            .without(living.keySet());
                    return reserves.place(
                                    snapshots,
                                    asked.requests(),
                                    Set.copyOf(failed),
                                    (offered, limited) -> scheduler.place(offered, asked.groups(), limited))
                            .placements();
                },
                now,
                settings);
    }
}
