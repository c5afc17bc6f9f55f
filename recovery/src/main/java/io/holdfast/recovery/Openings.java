package io.holdfast.recovery;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostState;
import io.holdfast.compute.Hosts;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.Signal;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.CaseJournal.Stored;
import io.holdfast.recovery.GuardDesk.Silence;
import io.holdfast.recovery.GuardDesk.Surroundings;
import io.holdfast.recovery.core.CaseEvent;
import io.holdfast.recovery.core.CaseMachine;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.CaseStep;
import io.holdfast.recovery.core.Guards;
import io.holdfast.recovery.core.Move;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From a verdict, or somebody's word, to a case: whether there is one already, what the guards say, and what it begins
 * with.
 *
 * <p>Belongs to the owner thread of {@link RecoveryEngine}. What if we die here: a verdict that did not become a case is
 * repeated by membership, and a word is refused to whoever gave it.
 */
final class Openings {

    private static final Logger log = LoggerFactory.getLogger(Openings.class);

    private final RecoveryEngine engine;
    private final SegmentId segment;
    private final Hosts hosts;
    private final CaseJournal journal;
    private final Verdicts verdicts;
    private final EarlyNotices early;
    private final GuardDesk guards;
    private final RecoverySettings settings;
    private final InstantSource clock;
    private final Supplier<UUID> ids;

    /** Hosts about which the store is being asked. */
    private final Set<HostId> opening = new HashSet<>();

    /** Hosts whose verdict was noted and not followed; noted once. */
    private final Set<HostId> ignored = new HashSet<>();

    /** @param ids names for new cases, never the same twice */
    Openings(
            RecoveryEngine engine,
            SegmentId segment,
            Hosts hosts,
            CaseJournal journal,
            Verdicts verdicts,
            EarlyNotices early,
            GuardDesk guards,
            RecoverySettings settings,
            InstantSource clock,
            Supplier<UUID> ids) {
        this.engine = engine;
        this.segment = segment;
        this.hosts = hosts;
        this.journal = journal;
        this.verdicts = verdicts;
        this.early = early;
        this.guards = guards;
        this.settings = settings;
        this.clock = clock;
        this.ids = ids;
    }

    void forget() {
        opening.clear();
        ignored.clear();
    }

    /** A verdict that was ignored under earlier orders is news under others. */
    void ordersChanged() {
        ignored.clear();
    }

    void hostIsHere(HostId host) {
        ignored.remove(host);
    }

    boolean underWay(HostId host) {
        return opening.contains(host);
    }

    void lost(MembershipEvent.Lost event, @Nullable LeaderEpoch heardAt) {
        HostId host = event.host();
        // Taken back while it waited here, perhaps. Or it waited for the database until we led anew: a new leader
        // grants everybody a grace period, and membership repeats after it what still holds.
        if (engine.leading() == null || !engine.leading().equals(heardAt) || !early.condemns(host)) {
            return;
        }
        boolean powerOff = event.evidence().stream()
                .anyMatch(
                        item -> item.signal() == Signal.POWER && item.reading().equals("power off"));
        if (powerOff) {
            guards.readsOff(host, clock.instant());
        }
        boolean said = event.evidence().stream().anyMatch(item -> item.signal() == Signal.WORD);
        Candidate candidate =
                new Candidate(host, event.reason(), EarlyNotices.lines(event.evidence()), powerOff, said, null);
        Tracked open = engine.openCase(host);
        if (open != null && !returnedAfterProof(open.state)) {
            if (powerOff) {
                guards.readsOff(host, clock.instant());
            }
            engine.step(open, new CaseEvent.Verdict(event.reason(), candidate.evidence(), powerOff));
            verdicts.acknowledgeLost(host);
            return;
        }
        if (!opening.add(host)) {
            return;
        }
        engine.work("open a case for host " + host, () -> {
            Optional<ComputeHost> row = hosts.find(host);
            Surroundings around = engine.surroundings();
            Optional<Stored> newest = journal.newest(host);
            return () -> {
                opening.remove(host);
                if (!early.condemns(host)) {
                    log.info("host {}: the verdict was taken back", host);
                } else if (row.isEmpty()) {
                    log.warn("host {}: condemned, but the store does not know it; nothing to recover", host);
                    verdicts.acknowledgeLost(host);
                } else {
                    openCaseFor(candidate, row.get(), around, newest);
                }
            };
        });
    }

    /**
     * The power of a condemned host reads off: news for a case that has no proof yet, whatever it waits for. Without a case
     * there is nobody to tell.
     */
    void powerOff(MembershipEvent.PowerOff event) {
        guards.readsOff(event.host(), clock.instant());
        Tracked open = engine.leading() == null ? null : engine.openCase(event.host());
        if (open != null && open.state.proof() == null && !open.state.powerReadOff()) {
            engine.step(
                    open,
                    new CaseEvent.Verdict("its power device reads off", EarlyNotices.lines(event.evidence()), true));
        }
    }

    private static boolean returnedAfterProof(CaseState state) {
        return state.proof() != null && state.returnedAt() != null;
    }

    void openCaseFor(Candidate candidate, ComputeHost row, Surroundings around, Optional<Stored> newest) {
        HostId host = candidate.host();
        engine.follow(around.orders());
        Tracked open = engine.openCase(host);
        if (open != null && !returnedAfterProof(open.state)) {
            engine.step(
                    open, new CaseEvent.Verdict(candidate.reason(), candidate.evidence(), candidate.powerReadOff()));
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
        Instant suspectedAt = early.suspectedSince(host);
        Silence silence = new Silence(
                suspectedAt == null ? clock.instant() : suspectedAt, candidate.powerReadOff(), candidate.said());
        Guards.Review review = Guards.review(
                guards.situation(
                        row,
                        silence,
                        around,
                        engine.openUnheld(open == null ? null : open.state.id()),
                        Set.of(),
                        clock.instant()),
                settings);
        if (review.ignored()) {
            // Not acknowledged: membership repeats the verdict, and a host that is still gone when the segment is armed
            // again is judged then.
            if (ignored.add(host)) {
                String text = review.reason() + " (" + candidate.reason() + ")";
                engine.note(host, "ignored", text);
                engine.tell("host.ignored", "host/" + host, EarlyNotices.ordered(host, text, true));
            }
            return;
        }
        CaseId id = CaseId.of(ids.get());
        List<Move> carried = List.of();
        if (open != null) {
            carried = open.state.active().toList();
            engine.step(open, new CaseEvent.FailedAgain(id));
        }
        CaseStep first = CaseMachine.open(
                new CaseMachine.Opening(
                        id,
                        segment,
                        host,
                        row.epoch(),
                        candidate.reason(),
                        candidate.evidence(),
                        suspectedAt,
                        candidate.powerReadOff(),
                        candidate.word(),
                        review.held(),
                        early.at(host),
                        List.of(),
                        carried),
                clock.instant(),
                settings);
        Tracked tracked = new Tracked(first.next(), 0);
        engine.put(tracked);
        engine.take(tracked, first);
        log.info(
                "host {}: case {} opened, {} (epoch {})",
                host,
                id,
                first.next().phase().word(),
                first.next().epoch());
    }
}
