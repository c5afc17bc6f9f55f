package io.holdfast.chaos.sim;

import io.holdfast.model.HostId;
import io.holdfast.slot.Acknowledgement;
import io.holdfast.slot.Answer;
import io.holdfast.slot.Claim;
import io.holdfast.slot.Content;
import io.holdfast.slot.DeviceHeader;
import io.holdfast.slot.DeviceReading;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Pill;
import io.holdfast.slot.SlotReading;
import io.holdfast.slot.core.PillRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The slot device on the shared storage, as it stands there. Who reaches it is the storage's affair.
 *
 * <p>Heartbeats that nothing disturbs are not played one by one: of a slot that flows, the number of the last one is reckoned when
 * somebody reads.
 */
final class Slots {

    static final UUID DEVICE = new UUID(0x5107L << 48 | 0x4000L, 0x8000000000000001L);

    /** One for each host that has claimed one, in the order of claiming. */
    private final Map<HostId, Slot> slots = new LinkedHashMap<>();

    private final Timeline timeline;

    Slots(Timeline timeline) {
        this.timeline = timeline;
    }

    private static final class Slot {
        private final int number;
        private Content.Written<Claim> claim;
        private long beats;
        private @Nullable Heartbeat beat;
        private long flowingSince = -1;
        private @Nullable Pill pill;
        private long pillSequence;
        private @Nullable Acknowledgement word;
        private long words;

        private Slot(int number, Content.Written<Claim> claim) {
            this.number = number;
            this.claim = claim;
        }
    }

    // ---- the host's side

    void claim(HostId host, String bootId) {
        Claim wanted = new Claim(host, bootId, Timeline.START);
        Slot mine = slots.get(host);
        if (mine == null) {
            slots.put(host, new Slot(slots.size(), new Content.Written<>(1, wanted)));
        } else if (!mine.claim.value().bootId().equals(bootId)) {
            mine.claim = new Content.Written<>(mine.claim.sequence() + 1, wanted);
        }
    }

    /** One heartbeat takes effect. */
    void beat(HostId host, Heartbeat beat) {
        Slot mine = slot(host);
        mine.beats++;
        mine.beat = beat;
    }

    /** From now on heartbeats like the last one take effect, one in each interval, until {@link #stands}. */
    void flows(HostId host) {
        slot(host).flowingSince = timeline.now();
    }

    void stands(HostId host) {
        Slot mine = slot(host);
        mine.beats = beats(mine);
        mine.flowingSince = -1;
    }

    /** The pill that stands there for this life, or null. */
    @Nullable
    Pill pillFor(HostId host, String bootId) {
        Slot mine = slots.get(host);
        return mine != null && mine.pill != null && mine.pill.isFor(host, bootId) ? mine.pill : null;
    }

    void acknowledge(HostId host, String bootId) {
        Slot mine = slot(host);
        mine.word = new Acknowledgement(host, bootId, mine.pillSequence, Timeline.START);
        mine.words++;
    }

    private Slot slot(HostId host) {
        Slot mine = slots.get(host);
        if (mine == null) {
            throw new IllegalStateException(host + " has claimed no slot");
        }
        return mine;
    }

    // ---- the controllers' side

    /** By the product's own rule. */
    Answer<Long> pill(int number, Pill pill) {
        for (Slot slot : slots.values()) {
            if (slot.number == number) {
                return switch (PillRule.rule(reading(slot), pill, Long.MAX_VALUE)) {
                    case PillRule.Ruling.Said said -> said.answer();
                    case PillRule.Ruling.Write write -> {
                        slot.pill = pill;
                        slot.pillSequence = write.sequence();
                        yield new Answer.Done<>(write.sequence());
                    }
                };
            }
        }
        return new Answer.Refused<>("there is no slot " + number);
    }

    DeviceReading read() {
        List<SlotReading> all = new ArrayList<>();
        slots.values().forEach(slot -> all.add(reading(slot)));
        return new DeviceReading.Read(
                new DeviceHeader(DEVICE, World.SEGMENT, Math.max(1, slots.size()), Timeline.START), true, all);
    }

    private SlotReading reading(Slot slot) {
        return new SlotReading(
                slot.number,
                slot.claim,
                content(beats(slot), slot.beat),
                content(slot.pillSequence, slot.pill),
                content(slot.words, slot.word));
    }

    private static <T> Content<T> content(long sequence, @Nullable T value) {
        return value == null ? new Content.Empty<>(sequence) : new Content.Written<>(sequence, value);
    }

    private long beats(Slot slot) {
        return slot.flowingSince < 0 || slot.beat == null
                ? slot.beats
                : slot.beats
                        + (timeline.now() - slot.flowingSince)
                                / slot.beat.interval().toNanos();
    }
}
