package io.holdfast.slot.core;

import io.holdfast.model.HostId;
import io.holdfast.slot.Claim;
import io.holdfast.slot.Content;
import io.holdfast.slot.Content.Empty;
import io.holdfast.slot.Content.Unreadable;
import io.holdfast.slot.Content.Written;
import io.holdfast.slot.DeviceReading;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Pill;
import io.holdfast.slot.SlotFact;
import io.holdfast.slot.SlotReading;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How long each slot has stood still, as one reader saw it.
 *
 * <p>Intuition: a slot has no clock that we could trust, so the only age it has is the time for which we ourselves have watched
 * it and seen nothing happen. A look that failed is a blink: something may have happened meanwhile, and the count begins anew. So
 * does it after a pause of the reader, and after the device was replaced by another.
 *
 * <p>An age is counted from the moment <em>before</em> which the change was certainly written and up to the moment before the
 * last look began; so it is never longer than the truth: {@code look} takes the time after the reading for a change and before it
 * for a standstill.
 *
 * <p>Immutable; one state belongs to one reader. Two slots claimed by one host are unreadable both: nobody knows in which of them
 * the host lives.
 */
public final class SlotWatch {

    /**
     * What the host itself writes; any difference is a sign of life, also one that goes backwards.
     *
     * @param heartbeat sequence of the heartbeat block
     */
    private record Marks(
            long claim, long heartbeat, @Nullable Heartbeat beat, long acknowledgement) {}

    /** @param pill the sequence of the pill that was there at the last look, or null */
    private record Watched(
            SlotFact last,
            @Nullable Marks marks,
            @Nullable Long pill,
            long sinceNanos,
            long lookedNanos,
            boolean pastCaches) {}

    private final @Nullable UUID device;
    private final Map<HostId, Watched> hosts;
    private final long lookedNanos;
    private final @Nullable String blind;

    private SlotWatch(@Nullable UUID device, Map<HostId, Watched> hosts, long lookedNanos, @Nullable String blind) {
        this.device = device;
        this.hosts = Map.copyOf(hosts);
        this.lookedNanos = lookedNanos;
        this.blind = blind;
    }

    /** Nothing seen yet. */
    public static SlotWatch start() {
        return new SlotWatch(null, Map.of(), 0, "not read yet");
    }

    /**
     * After one look.
     *
     * @param beganNanos the reader's monotonic clock before the reading
     * @param endedNanos and after it
     * @param gapMax a longer time between two looks is a pause of the reader, and what it saw before says nothing
     */
    public SlotWatch look(DeviceReading reading, long beganNanos, long endedNanos, Duration gapMax) {
        return switch (reading) {
            // Whom we knew, we still know to be somewhere on that device, and know nothing else of.
            case DeviceReading.Unreadable unreadable -> forgotten(unreadable.reason(), endedNanos);
            case DeviceReading.Read read -> {
                boolean goesOn = blind == null
                        && read.header().id().equals(device)
                        && endedNanos - lookedNanos <= gapMax.toNanos();
                yield seen(read, goesOn ? hosts : Map.of(), beganNanos, endedNanos);
            }
        };
    }

    private SlotWatch forgotten(String reason, long endedNanos) {
        Map<HostId, Watched> known = new HashMap<>();
        hosts.keySet().forEach(host -> known.put(host, unreadable(reason, endedNanos)));
        return new SlotWatch(device, known, endedNanos, reason);
    }

    private static SlotWatch seen(
            DeviceReading.Read read, Map<HostId, Watched> before, long beganNanos, long endedNanos) {
        Map<HostId, Watched> now = new HashMap<>();
        for (SlotReading slot : read.slots()) {
            // A claim that cannot be read may be anybody's: whoever was known there is missing below, and unreadable.
            if (slot.claim() instanceof Written<Claim> claim) {
                HostId host = claim.value().host();
                Watched watched = now.containsKey(host)
                        ? unreadable("two slots are claimed by " + host, endedNanos)
                        : watched(slot, claim, before.get(host), read.pastCaches(), beganNanos, endedNanos);
                now.put(host, watched);
            }
        }
        before.keySet().stream()
                .filter(host -> !now.containsKey(host))
                .forEach(host -> now.put(host, unreadable("its slot is not there any more", endedNanos)));
        return new SlotWatch(read.header().id(), now, endedNanos, null);
    }

    private static Watched unreadable(String reason, long nanos) {
        return new Watched(new SlotFact.Unreadable(reason), null, null, nanos, nanos, false);
    }

    private static Watched watched(
            SlotReading slot,
            Written<Claim> claim,
            @Nullable Watched before,
            boolean pastCaches,
            long beganNanos,
            long endedNanos) {
        Optional<String> trouble = trouble(slot, claim.value());
        if (trouble.isPresent()) {
            return unreadable(trouble.get(), endedNanos);
        }
        Heartbeat beat = value(slot.heartbeat());
        Marks marks = new Marks(claim.sequence(), sequence(slot.heartbeat()), beat, sequence(slot.acknowledgement()));
        Long pill = slot.pill() instanceof Written<Pill> written ? Long.valueOf(written.sequence()) : null;
        SlotFact.Seen fact = new SlotFact.Seen(
                slot.slot(),
                claim.value(),
                beat,
                value(slot.pill()),
                pill != null && before != null && pill.equals(before.pill()),
                value(slot.acknowledgement()),
                Duration.ZERO,
                pastCaches);
        return before != null && marks.equals(before.marks())
                ? new Watched(fact, marks, pill, before.sinceNanos(), beganNanos, pastCaches && before.pastCaches())
                : new Watched(fact, marks, pill, endedNanos, endedNanos, pastCaches);
    }

    private static Optional<String> trouble(SlotReading slot, Claim claim) {
        for (Content<?> block : List.of(slot.heartbeat(), slot.pill(), slot.acknowledgement())) {
            if (block instanceof Unreadable<?> unreadable) {
                return Optional.of("slot " + slot.slot() + ": " + unreadable.reason());
            }
        }
        Heartbeat beat = value(slot.heartbeat());
        return beat == null || beat.host().equals(claim.host())
                ? Optional.empty()
                : Optional.of(
                        "slot " + slot.slot() + " is claimed by " + claim.host() + " and written by " + beat.host());
    }

    private static <T> @Nullable T value(Content<T> content) {
        return content instanceof Written<T> written ? written.value() : null;
    }

    private static long sequence(Content<?> content) {
        return switch (content) {
            case Written<?> written -> written.sequence();
            case Empty<?> empty -> empty.sequence();
            case Unreadable<?> _ -> throw new IllegalArgumentException("an unreadable block has no sequence");
        };
    }

    /**
     * What is known of each host that has a slot. A standstill lasts up to the last look, and no further: nobody has looked since.
     */
    public Map<HostId, SlotFact> facts() {
        Map<HostId, SlotFact> facts = new TreeMap<>();
        hosts.forEach((host, watched) -> facts.put(host, fact(watched)));
        return facts;
    }

    /** Which device was seen at the last look that saw one. */
    public Optional<UUID> device() {
        return Optional.ofNullable(device);
    }

    /** Why no host can be looked at, if that is so. */
    public Optional<String> blind() {
        return Optional.ofNullable(blind);
    }

    private static SlotFact fact(Watched watched) {
        return switch (watched.last()) {
            case SlotFact.Unreadable unreadable -> unreadable;
            case SlotFact.Seen seen ->
                new SlotFact.Seen(
                        seen.slot(),
                        seen.claim(),
                        seen.beat(),
                        seen.pill(),
                        seen.pillStands(),
                        seen.acknowledgement(),
                        Duration.ofNanos(Math.max(0, watched.lookedNanos() - watched.sinceNanos())),
                        watched.pastCaches());
        };
    }
}
