package io.holdfast.fencing.observer;

import io.holdfast.fencing.DeviceFact;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.Isolation;
import io.holdfast.fencing.selffence.core.SelfFenceRule;
import io.holdfast.fencing.selffence.core.SelfFenceRule.Standing;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SelfFenceTerms;
import io.holdfast.slot.Acknowledgement;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Pill;
import io.holdfast.slot.SlotFact;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What this controller sees of one host, and what follows from it: for a fence, and for a rehearsal of one.
 *
 * <p>Before {@link SelfFenceRule} is asked, everything has to speak of the same life of the host: the boot that was condemned, the boot
 * that has claimed the slot, the boot that wrote the last heartbeat and the boot of the last lease. A slot that was claimed by a
 * <em>later</em> boot proves nothing here, although a machine that has booted runs nothing of its earlier life: two machines that were
 * given one name look the same, and the other one would live on. A host that is back is recovery's to judge.
 *
 * @param device the slot device that is read, or null while none is
 * @param blind why no slot can be seen, or empty
 * @param slot what is seen of the host's slot, or null if it has none
 */
public record SelfFenceSight(
        @Nullable UUID device, String blind, @Nullable SlotFact slot, LeaseFact lease, FencingSettings.Slot settings) {

    /** Whose leases have to be watched too: hosts that have armed a watchdog, and whose slots stand still. */
    public static Set<HostId> silent(Map<HostId, SlotFact> facts, FencingSettings.Slot settings) {
        Set<HostId> silent = new TreeSet<>();
        facts.forEach((host, fact) -> {
            if (fact instanceof SlotFact.Seen seen
                    && seen.beat() != null
                    && seen.beat().terms() != null
                    && seen.unchanged()
                                    .compareTo(settings.silentAfter(seen.beat().interval()))
                            > 0) {
                silent.add(host);
            }
        });
        return silent;
    }

    /** @param boot the condemned one, or null if nobody knows it */
    public Isolation isolation(@Nullable String boot, LeaderEpoch leader) {
        if (boot == null) {
            return new Isolation.Unprovable("nobody knows which boot of the host was condemned", Duration.ZERO);
        }
        if (!(slot instanceof SlotFact.Seen seen)) {
            return unseen();
        }
        Pill pill = seen.pill();
        boolean told = pill != null && pill.isFor(seen.claim().host(), boot);
        if (pill != null && told && leader.isOlderThan(pill.leader())) {
            return never("its slot has a pill of a newer leader, at epoch " + pill.leader());
        }
        Optional<String> never = whyNever(seen, boot);
        if (never.isPresent()) {
            return never(never.get());
        }
        if (lease instanceof LeaseFact.Unknown unknown) {
            return new Isolation.Unproven(told, "its lease cannot be looked at: " + unknown.reason(), Duration.ZERO);
        }
        LeaseFact.Seen leased = (LeaseFact.Seen) lease;
        never = whyNever(seen, leased, boot);
        if (never.isPresent()) {
            return never(never.get());
        }
        return judged(seen, leased, told);
    }

    private Isolation unseen() {
        return switch (slot) {
            case SlotFact.Unreadable unreadable ->
                new Isolation.Unproven(
                        false,
                        "its slot cannot be read, which is not a slot that stands still: " + unreadable.reason(),
                        Duration.ZERO);
            case null ->
                blind.isEmpty()
                        ? never("it has no slot on the slot device")
                        : new Isolation.Unproven(false, "the slot device cannot be read: " + blind, Duration.ZERO);
            case SlotFact.Seen _ -> throw new IllegalStateException("a slot that is seen");
        };
    }

    private static Isolation never(String reason) {
        return new Isolation.Unprovable(reason, Duration.ZERO);
    }

    private static Optional<String> whyNever(SlotFact.Seen seen, String boot) {
        Heartbeat beat = seen.beat();
        if (!seen.claim().bootId().equals(boot)) {
            return Optional.of(
                    "its slot is claimed by boot " + seen.claim().bootId() + ", and boot " + boot + " was condemned");
        }
        if (beat == null || !beat.bootId().equals(boot)) {
            return Optional.of(
                    "it has written no heartbeat in boot " + boot + ", so nothing is known to be armed in it");
        }
        if (!seen.countsForProof()) {
            return Optional.of("the slot device is not read past all caches, so it may be older than what was read");
        }
        return beat.terms() == null
                ? Optional.of("it had no armed watchdog when it wrote its last heartbeat")
                : Optional.empty();
    }

    private static @Nullable SelfFenceTerms armed(SlotFact.Seen seen) {
        Heartbeat beat = seen.beat();
        return beat == null ? null : beat.terms();
    }

    private Optional<String> whyNever(SlotFact.Seen seen, LeaseFact.Seen leased, String boot) {
        SelfFenceTerms armed = armed(seen);
        if (!leased.bootId().equals(boot)) {
            return Optional.of(
                    "its last lease is of boot " + leased.bootId() + ", and boot " + boot + " was condemned");
        }
        if (leased.terms() == null) {
            return Optional.of("its last lease names no watchdog");
        }
        if (armed == null || !leased.terms().equals(armed)) {
            return Optional.of("its lease and its slot name different terms: " + leased.terms() + ", and " + armed);
        }
        if (!armed.slotDevice().equals(device)) {
            return Optional.of("it writes slot device " + armed.slotDevice() + ", and this controller reads " + device);
        }
        if (!leased.confirms()) {
            return Optional.of(
                    "its agent has not had its lease confirmed since it took it, or is of an earlier version that does"
                            + " not show it");
        }
        Duration bound = bound(armed);
        return bound.compareTo(settings.boundMax()) > 0
                ? Optional.of("by its times it would have to be silent for " + bound.toMillis() + " ms, longer than"
                        + " fencing.slot.bound-max (" + settings.boundMax().toMillis() + " ms)")
                : Optional.empty();
    }

    private Duration bound(SelfFenceTerms terms) {
        return SelfFenceRule.bound(terms, settings.drift(), settings.margin());
    }

    private Isolation judged(SlotFact.Seen seen, LeaseFact.Seen leased, boolean told) {
        Standing standing = SelfFenceRule.standing(
                new SelfFenceRule.Seen(
                        leased.terms(),
                        armed(seen),
                        seen.unchanged(),
                        leased.unconfirmed(),
                        !leased.there(),
                        told && seen.pillStands()),
                settings.drift(),
                settings.margin());
        return switch (standing) {
            case Standing.No no -> new Isolation.Unproven(told, no.reason() + "; " + said(seen, leased), Duration.ZERO);
            case Standing.Wait wait -> new Isolation.Silent(wait.left(), told, said(seen, leased), Duration.ZERO);
            case Standing.CloseDoor _ ->
                new Isolation.Silent(
                        Duration.ZERO,
                        told,
                        "the order to die was not read back yet; " + said(seen, leased),
                        Duration.ZERO);
            case Standing.Fenced _ -> new Isolation.SelfFenced(evidence(seen, leased), Duration.ZERO);
        };
    }

    private static String said(SlotFact.Seen seen, LeaseFact.Seen leased) {
        return "slot " + seen.slot() + " unchanged for " + seen.unchanged().toMillis() + " ms, lease "
                + (leased.there() ? "still there" : "gone") + " and not confirmed for "
                + leased.unconfirmed().toMillis() + " ms"
                + (isAcknowledged(seen) ? "; the host has acknowledged the pill" : "");
    }

    private static boolean isAcknowledged(SlotFact.Seen seen) {
        Pill pill = seen.pill();
        Acknowledgement word = seen.acknowledgement();
        return pill != null && word != null && pill.isFor(seen.claim().host(), word.bootId());
    }

    private String evidence(SlotFact.Seen seen, LeaseFact.Seen leased) {
        SelfFenceTerms terms = Objects.requireNonNull(leased.terms());
        Pill pill = Objects.requireNonNull(seen.pill());
        return "watchdog " + terms.watchdog() + " was armed in boot " + leased.bootId() + "; " + said(seen, leased)
                + ", as this controller saw it; bound " + bound(terms).toMillis() + " ms = (2 x "
                + terms.timeout().toMillis() + " + " + terms.licence().toMillis() + ") x " + (1 + settings.drift())
                + " + "
                + settings.margin().toMillis() + "; slot device " + device + "; a pill by " + pill.by()
                + " at leader epoch " + pill.leader() + " stands in the slot";
    }

    // ---- a rehearsal

    /** What would be in the way of a proof if the host died now, one fact for each thing that was looked at. */
    List<DeviceFact> rehearsal(Duration took) {
        List<DeviceFact> facts = new ArrayList<>();
        if (!(slot instanceof SlotFact.Seen seen)) {
            facts.add(new DeviceFact.SelfFence(false, unseen().detail(), took));
            return facts;
        }
        facts.add(new DeviceFact.SelfFence(
                seen.countsForProof(),
                "slot " + seen.slot() + " is read"
                        + (seen.countsForProof() ? " past all caches" : ", but not past all caches"),
                took));
        Heartbeat beat = seen.beat();
        if (beat == null) {
            facts.add(new DeviceFact.SelfFence(false, "it has claimed its slot and written no heartbeat", took));
            return facts;
        }
        Duration late = settings.lateAfter(beat.interval());
        facts.add(new DeviceFact.SelfFence(
                seen.unchanged().compareTo(late) <= 0,
                "its heartbeat changed " + seen.unchanged().toMillis() + " ms ago; it says every "
                        + beat.interval().toMillis() + " ms",
                took));
        if (lease instanceof LeaseFact.Unknown unknown) {
            facts.add(new DeviceFact.SelfFence(false, "its lease cannot be looked at: " + unknown.reason(), took));
            return facts;
        }
        LeaseFact.Seen leased = (LeaseFact.Seen) lease;
        String boot = seen.claim().bootId();
        Optional<String> never = whyNever(seen, boot).or(() -> whyNever(seen, leased, boot));
        facts.add(new DeviceFact.SelfFence(
                never.isEmpty(), never.orElseGet(() -> armed(Objects.requireNonNull(leased.terms()))), took));
        if (!leased.there()) {
            facts.add(new DeviceFact.SelfFence(false, "it has no lease now", took));
        }
        Pill pill = seen.pill();
        if (pill != null && pill.isFor(seen.claim().host(), boot)) {
            facts.add(new DeviceFact.SelfFence(
                    false, "an order to die stands in its slot, by " + pill.by() + ": " + pill.reason(), took));
        }
        return facts;
    }

    private String armed(SelfFenceTerms terms) {
        return terms.watchdog() + " is armed, and lease and slot say the same; certainly stopped after "
                + bound(terms).toMillis() + " ms of silence";
    }
}
