package io.holdfast.chaos.sim.mutant;

import io.holdfast.chaos.sim.Mutation;
import io.holdfast.chaos.sim.SelfFenceRules;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.Isolation;
import io.holdfast.fencing.observer.LeaseFact;
import io.holdfast.fencing.observer.SelfFenceSight;
import io.holdfast.fencing.selffence.core.Decision;
import io.holdfast.fencing.selffence.core.Licences;
import io.holdfast.fencing.selffence.core.SelfFenceTimes;
import io.holdfast.model.SelfFenceTerms;
import io.holdfast.slot.Claim;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Pill;
import io.holdfast.slot.SlotFact;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Mistakes in when a host pets its watchdog, and in when a controller counts on that. */
final class SelfFenceMutants {

    private static final Duration FOR_EVER = Duration.ofHours(1);

    private SelfFenceMutants() {}

    private static Mutation with(SelfFenceRules rules) {
        return new Mutation() {
            @Override
            public SelfFenceRules selfFenceRules() {
                return rules;
            }
        };
    }

    private static Mutation seeing(BiFunction<SelfFenceSight, FenceRequest, SelfFenceSight> mistaken) {
        return with(new SelfFenceRules() {
            @Override
            public Isolation isolation(SelfFenceSight sight, FenceRequest request) {
                return SelfFenceRules.super.isolation(mistaken.apply(sight, request), request);
            }
        });
    }

    /** The bound of one licence, without the times of the device. */
    static Mutation boundWithoutTheDevice() {
        return seeing((sight, request) -> {
            if (!(sight.slot() instanceof SlotFact.Seen seen)
                    || !(sight.lease() instanceof LeaseFact.Seen leased)
                    || leased.terms() == null) {
                return sight;
            }
            Duration device = leased.terms().timeout().multipliedBy(2);
            return withLease(
                    withSlot(sight, unchanged(seen, seen.unchanged().plus(device), seen.pillStands())),
                    new LeaseFact.Seen(
                            leased.bootId(),
                            leased.terms(),
                            leased.confirms(),
                            leased.there(),
                            leased.unconfirmed().plus(device)));
        });
    }

    /** A slot that cannot be read stands still, and so does the lease that nobody watches then. */
    static Mutation unreadableIsStill() {
        return seeing((sight, request) -> {
            String boot = request.bootId();
            if (sight.slot() instanceof SlotFact.Seen || boot == null || sight.device() == null) {
                return sight;
            }
            SelfFenceTerms terms = terms(sight);
            return withLease(
                    withSlot(sight, dead(request, boot, terms)),
                    new LeaseFact.Seen(boot, terms, true, false, FOR_EVER));
        });
    }

    private static SlotFact.Seen dead(FenceRequest request, String boot, SelfFenceTerms terms) {
        Instant some = Instant.EPOCH;
        return new SlotFact.Seen(
                0,
                new Claim(request.host(), boot, some),
                new Heartbeat(request.host(), boot, "agent", 1, some, Duration.ZERO, Duration.ofMillis(500), terms),
                new Pill(request.host(), boot, request.caseId(), request.leader(), "controller", "silent", some),
                true,
                null,
                FOR_EVER,
                true);
    }

    /** A host whose watchdog nobody armed is counted on as if it had one. */
    static Mutation unarmedCounts() {
        return seeing((sight, request) -> {
            if (!(sight.slot() instanceof SlotFact.Seen seen) || seen.beat() == null) {
                return sight;
            }
            SelfFenceTerms terms = terms(sight);
            Heartbeat beat = Objects.requireNonNull(seen.beat());
            return withLease(
                    withSlot(
                            sight,
                            new SlotFact.Seen(
                                    seen.slot(),
                                    seen.claim(),
                                    new Heartbeat(
                                            beat.host(),
                                            beat.bootId(),
                                            beat.session(),
                                            beat.beat(),
                                            beat.writtenAt(),
                                            beat.uptime(),
                                            beat.interval(),
                                            terms),
                                    seen.pill(),
                                    seen.pillStands(),
                                    seen.acknowledgement(),
                                    seen.unchanged(),
                                    seen.countsForProof())),
                    // Nobody watches the lease of a host without a watchdog; it is taken to be as old as the slot.
                    new LeaseFact.Seen(beat.bootId(), terms, true, false, seen.unchanged()));
        });
    }

    private static SelfFenceTerms terms(SelfFenceSight sight) {
        SelfFenceTimes times = SelfFenceTimes.defaults();
        return new SelfFenceTerms(
                "/dev/watchdog", times.watchdog(), times.licence(), Objects.requireNonNull(sight.device()));
    }

    /** The agent pets its watchdog as long as nobody told it to die. */
    static Mutation petsWithoutLicence() {
        return with(new SelfFenceRules() {
            @Override
            public Decision decide(Licences licences, SelfFenceTimes times, long nowNanos) {
                Decision right = SelfFenceRules.super.decide(licences, times, nowNanos);
                return licences.named() && licences.ended() == null ? new Decision.Pet("habit") : right;
            }
        });
    }

    /** The agent pets its watchdog by its lease alone: whoever loses ZooKeeper is reset. */
    static Mutation petsByLeaseAlone() {
        return with(new SelfFenceRules() {
            @Override
            public Decision decide(Licences licences, SelfFenceTimes times, long nowNanos) {
                return SelfFenceRules.super.decide(licences.slotLost(), times, nowNanos);
            }
        });
    }

    // ---- another sight

    private static SlotFact.Seen unchanged(SlotFact.Seen seen, Duration unchanged, boolean pillStands) {
        return new SlotFact.Seen(
                seen.slot(),
                seen.claim(),
                seen.beat(),
                seen.pill(),
                pillStands,
                seen.acknowledgement(),
                unchanged,
                seen.countsForProof());
    }

    private static SelfFenceSight withSlot(SelfFenceSight sight, @Nullable SlotFact slot) {
        return new SelfFenceSight(sight.device(), sight.blind(), slot, sight.lease(), sight.settings());
    }

    private static SelfFenceSight withLease(SelfFenceSight sight, LeaseFact lease) {
        FencingSettings.Slot settings = sight.settings();
        return new SelfFenceSight(sight.device(), sight.blind(), sight.slot(), lease, settings);
    }
}
