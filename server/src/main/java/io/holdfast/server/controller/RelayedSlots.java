package io.holdfast.server.controller;

import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.HostAgents;
import io.holdfast.compute.SlotsAnswer;
import io.holdfast.membership.SlotSign;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.slot.DeviceReading;
import io.holdfast.slot.SlotFact;
import io.holdfast.slot.core.RelayedBeats;
import io.holdfast.slot.core.SlotWatch;
import io.holdfast.slot.file.RelayedBlocks;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the slots read by agents, for a controller that cannot reach the storage. It tells who beats, and never who stands still: see
 * {@link RelayedBeats}. Nothing of it reaches a fence device.
 *
 * <p>One agent is asked for as long as it answers; then the next one. One thread asks, once a second, while this controller leads; a call
 * that hangs costs it its deadline.
 */
final class RelayedSlots implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RelayedSlots.class);

    /** Up to 4 MiB come each time. Too long: an isolated host is told from a dead one that much later. */
    static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

    private static final Duration DEADLINE = Duration.ofSeconds(2);

    /** How far apart two answers may be, one of them at once and the next one at its deadline. */
    static final Duration APART_MAX = LOOK_INTERVAL.plus(DEADLINE);

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(3);

    private final SegmentId segment;
    private final BooleanSupplier leads;
    private final Supplier<List<ComputeHost>> candidates;
    private final HostAgents agents;
    private final Consumer<Map<HostId, SlotSign>> told;
    private final Thread thread;
    private volatile boolean closing;

    // The thread's own.
    private RelayedBeats beats = RelayedBeats.start();
    private @Nullable HostId relay;
    private @Nullable HostId failed;
    private String said = "";

    /**
     * @param candidates hosts that can be asked now; may block, and fail
     * @param told is given what is known of all slots after each look; must not block
     */
    RelayedSlots(
            SegmentId segment,
            BooleanSupplier leads,
            Supplier<List<ComputeHost>> candidates,
            HostAgents agents,
            Consumer<Map<HostId, SlotSign>> told) {
        this.segment = segment;
        this.leads = leads;
        this.candidates = candidates;
        this.agents = agents;
        this.told = told;
        this.thread = Thread.ofPlatform().daemon().name("relayed-slots").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (!closing) {
            long beganNanos = System.nanoTime();
            if (leads.getAsBoolean()) {
                try {
                    look(beganNanos);
                } catch (RuntimeException notNow) {
                    // The database is away, or a defect of ours: what was seen before says nothing of later.
                    beats = RelayedBeats.start();
                    tell("cannot be looked for: " + notNow);
                }
            }
            LockSupport.parkNanos(beganNanos + LOOK_INTERVAL.toNanos() - System.nanoTime());
        }
    }

    private void look(long beganNanos) {
        Optional<ComputeHost> asked = next(candidates.get());
        if (asked.isEmpty()) {
            tell("nobody is heard who could read them");
            return;
        }
        HostId through = asked.get().id();
        DeviceReading reading = switch (agents.slots(asked.get(), DEADLINE)) {
            case SlotsAnswer.Read(var device) -> RelayedBlocks.reading(through.value(), device, segment);
            case SlotsAnswer.Unknown(String reason) -> new DeviceReading.Unreadable(reason);
        };
        switch (reading) {
            case DeviceReading.Read _ -> {
                relay = through;
                // Each look for itself: what a relay shows has no age that we could count.
                Map<HostId, SlotFact> facts = SlotWatch.start()
                        .look(reading, beganNanos, System.nanoTime(), LOOK_INTERVAL)
                        .facts();
                beats = beats.look(through, facts, beganNanos);
                told.accept(signs(beats.beats(System.nanoTime(), LOOK_INTERVAL), through));
                tell("");
            }
            case DeviceReading.Unreadable(String reason) -> {
                failed = through;
                relay = null;
                tell("not read by " + through + ": " + reason);
            }
        }
    }

    /** The one who answered last; else the next in order after the one who failed last. */
    private Optional<ComputeHost> next(List<ComputeHost> all) {
        List<ComputeHost> ordered =
                all.stream().sorted(Comparator.comparing(ComputeHost::id)).toList();
        HostId last = failed;
        return ordered.stream()
                .filter(host -> host.id().equals(relay))
                .findFirst()
                .or(() -> ordered.stream()
                        .filter(host -> last == null || host.id().compareTo(last) > 0)
                        .findFirst())
                .or(() -> ordered.stream().findFirst());
    }

    static Map<HostId, SlotSign> signs(Map<HostId, RelayedBeats.Beat> beats, HostId through) {
        Map<HostId, SlotSign> signs = new TreeMap<>();
        beats.forEach((host, beat) -> signs.put(
                host,
                switch (beat) {
                    case RelayedBeats.Beat.Forward(String boot) -> new SlotSign.Beating(boot, through.value());
                    case RelayedBeats.Beat.Unknown(String reason) ->
                        new SlotSign.Unreadable("as " + through + " reads it, " + reason);
                }));
        return signs;
    }

    private void tell(String trouble) {
        if (!trouble.equals(said)) {
            said = trouble;
            if (trouble.isEmpty()) {
                log.info("slots are read by the agent of {}", relay);
            } else {
                log.warn("slots: {}", trouble);
            }
        }
    }

    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        try {
            // One that was never started cannot be waited for.
            var _ = thread.isAlive() && thread.join(CLOSE_LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
