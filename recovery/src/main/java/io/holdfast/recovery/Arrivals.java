package io.holdfast.recovery;

import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.Hosts;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.recovery.CaseJournal.Stored;
import io.holdfast.recovery.core.CaseEvent;
import io.holdfast.recovery.core.CaseState;
import io.holdfast.recovery.core.Guards;
import io.holdfast.recovery.core.Phase;
import io.holdfast.recovery.core.PowerReturn;
import io.holdfast.store.StaleLeaderException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A host comes, or comes back: it is told what it owns, the case of its last life hears of it, and who comes back too often
 * is put into quarantine.
 *
 * <p><b>Order.</b> The journal says that a host is back before the host is given the list of what it owns: from then on
 * nobody can ask for an instance to be moved off it on the strength of the old proof.
 *
 * <p>Belongs to the owner thread of {@link RecoveryEngine}. What if we die here: an admission that was not finished is begun
 * again by whoever leads next, because the lease of the host is still there, and the agent's answer is the same.
 */
final class Arrivals {

    private static final Logger log = LoggerFactory.getLogger(Arrivals.class);

    private final RecoveryEngine engine;
    private final Openings openings;
    private final Hosts hosts;
    private final CaseJournal journal;
    private final GuardDesk guards;
    private final RemoteCalls remote;
    private final Workers workers;
    private final RecoverySettings settings;
    private final InstantSource clock;

    private final Map<HostId, HostRegistration> present = new HashMap<>();
    private final Map<HostId, Admission> admissions = new HashMap<>();

    /** Hosts in quarantine, and since when they have been well. */
    private final Map<HostId, Instant> quarantined = new HashMap<>();

    Arrivals(
            RecoveryEngine engine,
            Openings openings,
            Hosts hosts,
            CaseJournal journal,
            GuardDesk guards,
            RemoteCalls remote,
            Workers workers,
            RecoverySettings settings,
            InstantSource clock) {
        this.engine = engine;
        this.openings = openings;
        this.hosts = hosts;
        this.journal = journal;
        this.guards = guards;
        this.remote = remote;
        this.workers = workers;
        this.settings = settings;
        this.clock = clock;
    }

    /** Who is here stays known; what was under way belonged to the epoch that is over. */
    void forget() {
        admissions.clear();
        quarantined.clear();
    }

    /** A new leader: hosts that are here already are admitted at its epoch, and open cases hear of them. */
    void lead(Map<HostId, Instant> inQuarantine) {
        quarantined.putAll(inQuarantine);
        present.keySet().forEach(host -> {
            // A lease is no return while nothing else shows the host: it outlives its holder. Nor is a kernel that
            // answers for an agent that is dead.
            if (engine.isHeard(host)) {
                returned(host, "its signals were good when this controller began to lead");
            }
        });
        present.keySet().forEach(host -> admissions.put(host, new Admission(clock.instant())));
    }

    void gone(HostId host) {
        present.remove(host);
        admissions.remove(host);
    }

    boolean isHere(HostId host) {
        return present.containsKey(host);
    }

    boolean isAwaited(HostId host) {
        return admissions.containsKey(host);
    }

    /** A host that is suspected is not well. */
    void suspected(HostId host, Instant at) {
        quarantined.computeIfPresent(host, (id, since) -> at);
    }

    /** What is due: admissions, and the release of who was well for long enough. */
    void scan() {
        admissions.forEach(this::consider);
        releaseTheHealthy();
    }

    /** The earliest moment after {@code now} and before {@code next} at which an admission is due, or {@code next}. */
    Instant nextAfter(Instant now, Instant next) {
        for (Admission admission : admissions.values()) {
            if (!admission.underWay && admission.nextAt.isAfter(now) && admission.nextAt.isBefore(next)) {
                next = admission.nextAt;
            }
        }
        return next;
    }

    void joined(MembershipEvent.Joined event) {
        present.put(event.host(), event.registration());
        openings.hostIsHere(event.host());
        if (engine.leading() != null) {
            admissions.put(event.host(), new Admission(clock.instant()));
            engine.scanSoon();
            returned(
                    event.host(),
                    "it has a lease again (boot " + event.registration().bootId() + ")");
        }
    }

    /** The same agent is heard again: for an open case that is a return, even without a new lease. */
    void cleared(MembershipEvent.Cleared event) {
        engine.lookForRoom();
        if (engine.leading() != null && present.containsKey(event.host())) {
            returned(event.host(), "its signals are good again");
        }
    }

    private void returned(HostId host, String how) {
        Tracked open = engine.openCase(host);
        if (open == null) {
            return;
        }
        if (open.state.proof() == null) {
            engine.step(open, new CaseEvent.HostReturned(how));
        } else {
            // Its admission finds out whether this is another life than the one that was proven to be over.
            admissions.putIfAbsent(host, new Admission(clock.instant()));
            engine.scanSoon();
        }
    }

    /** Nothing but a word spoke against it, so no return will be heard. */
    void neverAway(HostId host) {
        if (present.containsKey(host) && !engine.suspects(host)) {
            admissions.put(host, new Admission(clock.instant()));
            returned(host, "its signals are good");
        }
    }

    private void consider(HostId host, Admission admission) {
        HostRegistration registration = present.get(host);
        if (admission.underWay || registration == null || clock.instant().isBefore(admission.nextAt)) {
            return;
        }
        if (openings.underWay(host) || !awaitsAdmission(engine.openCase(host))) {
            return;
        }
        admission.underWay = true;
        engine.work("look up the last case of host " + host, () -> {
            Optional<Stored> newest = journal.newest(host);
            Optional<ComputeHost> row = hosts.find(host);
            return () -> settleLastCase(host, admission, newest, row);
        });
    }

    /** Nothing is open that has to be settled first, but for the return itself. */
    private static boolean awaitsAdmission(@Nullable Tracked open) {
        return open == null
                || open.state.admissible()
                || (open.state.proof() != null && open.state.returnedAt() == null);
    }

    /**
     * Before a host is given the list of what it owns, the journal says that it is back: from then on nobody can ask for
     * an instance to be moved off it on the strength of the old proof.
     */
    private void settleLastCase(HostId host, Admission admission, Optional<Stored> newest, Optional<ComputeHost> row) {
        Tracked open = engine.openCase(host);
        HostRegistration registration = present.get(host);
        if (admissions.get(host) != admission || registration == null || !awaitsAdmission(open)) {
            admission.underWay = false;
            return;
        }
        Tracked last = open != null ? open : newest.map(engine::track).orElse(null);
        if (last != null && last.state.returnedAt() == null) {
            String life = row.map(ComputeHost::bootId).orElse(null);
            if (registration.bootId().equals(life) && mayHaveEnded(last.state)) {
                admission.underWay = false;
                admission.nextAt = clock.instant().plus(settings.scanInterval());
                return;
            }
            engine.step(last, new CaseEvent.HostReturned("it has a lease again (boot " + registration.bootId() + ")"));
        }
        if (last != null && !last.state.closed() && !last.state.admissible()) {
            admission.underWay = false;
            return;
        }
        // The admission leaves with the other commands: after the journal has been written.
        HostEpoch epoch = row.map(ComputeHost::epoch).orElse(HostEpoch.ZERO);
        engine.onceWritten(() -> admit(host, epoch, admission, last), failure -> admission.underWay = false);
    }

    /**
     * Whether the lease of the boot that was proven to be over may still be the one which that boot left behind. Nobody
     * ends a lease while ZooKeeper has no quorum, so its age says nothing; but the group misses a dead host within
     * seconds. A host that is neither suspected nor freshly proven dead lives, and the proof was a device's lie.
     */
    private boolean mayHaveEnded(CaseState state) {
        Phase.Proof proof = state.proof();
        return proof != null
                && (engine.suspects(state.host())
                        || clock.instant()
                                .isBefore(proof.at().plus(settings.proofs().leaseOutlives())));
    }

    /** @param epoch the host's when it was decided; condemned since, it is decided again */
    private void admit(HostId host, HostEpoch epoch, Admission admission, @Nullable Tracked last) {
        HostRegistration registration = present.get(host);
        LeaderEpoch leader = engine.leading();
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
                registration.capacity(),
                registration.domains(),
                registration.topology());
        PowerReturn back = last == null ? null : last.state.powerReturn();
        // Released while it was off: what it did before is forgiven.
        String flapping = back != null && back.released()
                ? ""
                : Guards.flapping(guards.failures(host), clock.instant(), settings.guards());
        CaseId lastCase = last == null ? null : last.state.id();
        workers.run(() -> {
            CompletionStage<AgentAnswer> answering;
            try {
                hosts.introduce(introduction, epoch, leader);
                if (!flapping.isEmpty()) {
                    // Before it serves: between the two nothing may be placed there.
                    hosts.quarantine(host, flapping, leader);
                }
                answering = remote.admit(host, leader);
            } catch (RuntimeException failed) {
                answering = CompletableFuture.failedFuture(failed);
            }
            answering
                    .thenApply(answer -> answer instanceof AgentAnswer.Accepted accepted
                            ? new Admitted(cleared(engine.known(host)), accepted.destroyed(), "")
                            : new Admitted(null, List.of(), CommandRunner.text(answer)))
                    .whenComplete((admitted, failure) -> {
                        if (failure != null && CommandRunner.cause(failure) instanceof StaleLeaderException) {
                            engine.post(leader, () -> engine.depose(leader));
                            return;
                        }
                        String problem =
                                failure == null ? admitted.problem() : CommandRunner.text(CommandRunner.cause(failure));
                        ComputeHost now = failure == null ? admitted.now() : null;
                        engine.post(leader, () -> {
                            if (now != null) {
                                admitted(host, admission, lastCase, now, admitted.destroyed());
                            } else {
                                notAdmitted(host, admission, problem);
                            }
                        });
                    });
        });
    }

    /** It has said that it runs nothing but what it owns: whoever had called it down may leave it to us to call it up. */
    private ComputeHost cleared(ComputeHost host) {
        if (!host.forcedDown() || !settings.unfence().of(host.segment()).clearForceDown()) {
            return host;
        }
        log.info("host {}: no longer forced down, because it has rejoined and proved clean", host.id());
        return hosts.setForcedDown(host.id(), false, Actor.HOLDFAST, "");
    }

    private void notAdmitted(HostId host, Admission admission, String problem) {
        admission.underWay = false;
        admission.backoff = RecoveryEngine.longer(admission.backoff);
        admission.nextAt = clock.instant().plus(admission.backoff);
        log.warn("host {}: not admitted, tried again in {} ms: {}", host, admission.backoff.toMillis(), problem);
    }

    private void admitted(
            HostId host, Admission admission, @Nullable CaseId lastCase, ComputeHost now, List<InstanceId> destroyed) {
        admissions.remove(host, admission);
        engine.admitted(host);
        log.info(
                "host {}: serves as incarnation {}, {} stale guests destroyed",
                host,
                now.incarnation(),
                destroyed.size());
        Tracked last = lastCase == null ? null : engine.tracked(lastCase);
        String quarantine = now.quarantine();
        if (quarantine != null && quarantined.putIfAbsent(host, clock.instant()) == null) {
            engine.note(host, "quarantined", quarantine);
            engine.tell("host.quarantined", "host/" + host, EarlyNotices.ordered(host, quarantine, true));
            if (last != null) {
                engine.step(last, new CaseEvent.Noted("quarantined", quarantine));
            }
        }
        if (last != null && last.state.admittedAt() == null) {
            engine.step(last, new CaseEvent.HostAdmitted(now.incarnation(), destroyed));
        } else {
            Map<String, Object> data = new LinkedHashMap<>();
            data.put("host", host.value());
            data.put("incarnation", now.incarnation().value());
            data.put("destroyed", destroyed.stream().map(InstanceId::toString).toList());
            engine.tell("host.joined", "host/" + host, data);
        }
        engine.lookForRoom();
    }

    void released(HostId host, String reason) {
        quarantined.remove(host);
        engine.note(host, "released", reason);
        engine.tell("host.released", "host/" + host, EarlyNotices.ordered(host, reason, false));
        log.info("host {}: {}", host, reason);
        engine.lookForRoom();
    }

    /** A host in quarantine that was well for long enough needs nobody to say so. */
    void releaseTheHealthy() {
        Instant now = clock.instant();
        for (Map.Entry<HostId, Instant> entry : quarantined.entrySet()) {
            HostId host = entry.getKey();
            // Whoever is away shows nothing, and is not well for it.
            if (!isHere(host) || engine.suspects(host) || engine.openCase(host) != null) {
                entry.setValue(now);
            } else if (!now.isBefore(entry.getValue().plus(settings.guards().healthyPeriod()))) {
                entry.setValue(now);
                engine.work("release host " + host + " from quarantine", () -> {
                    hosts.release(host);
                    return () -> released(
                            host,
                            "released from quarantine: it was well for "
                                    + settings.guards().healthyPeriod().toMinutes() + " min");
                });
            }
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
