package io.holdfast.fencing.observer;

import io.holdfast.fencing.FencingSettings;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.slot.Answer;
import io.holdfast.slot.DeviceReading;
import io.holdfast.slot.Pill;
import io.holdfast.slot.SlotException;
import io.holdfast.slot.SlotFact;
import io.holdfast.slot.SlotPlace;
import io.holdfast.slot.core.SlotWatch;
import io.holdfast.slot.file.SlotDevice;
import io.holdfast.slot.file.SlotOpener;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all slots, all the time: an age counts from the last change that this process has seen itself, so whoever begins to look when
 * a host is silent has to wait for the whole of it.
 *
 * <p>One thread looks. A storage that hangs costs it a look of {@code fencing.slot.deadline} each time, and one thread inside of the slot
 * device; nothing else waits for it. Any thread may ask.
 */
public final class SlotObserver implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SlotObserver.class);

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(3);

    /** Too short: a host of another storage makes us open ours without end; too long: a device that was replaced is not found. */
    private static final Duration REOPEN_PAUSE = Duration.ofSeconds(10);

    private final FencingSettings.Slot settings;
    private final LeaseReader leases;
    private final SlotOpener opener;
    private final String place;
    private final Thread thread;
    private volatile Consumer<Map<HostId, SlotFact>> listener = _ -> {};
    private volatile SlotWatch watch = SlotWatch.start();
    private volatile @Nullable SlotDevice device;
    private volatile boolean reopen;
    private volatile boolean closing;

    // The thread's own.
    private final LongBounds longBounds;
    private String told = "";
    private long openedNanos;

    /** @param settings with a path */
    public SlotObserver(FencingSettings.Slot settings, SegmentId segment, LeaseReader leases) {
        SlotPlace where = settings.place();
        if (where == null) {
            throw new IllegalArgumentException("fencing.slot.path is missing");
        }
        this.settings = settings;
        this.leases = leases;
        this.longBounds = new LongBounds(settings);
        this.place = where.toString();
        this.opener = new SlotOpener(where, segment, settings.deadline());
        this.thread = Thread.ofPlatform().daemon().name("slot-observer").unstarted(this::run);
    }

    /** @param told is given what is known of all slots after each look, by the observer's thread; must not block */
    public void start(Consumer<Map<HostId, SlotFact>> told) {
        listener = told;
        thread.start();
    }

    private void run() {
        while (!closing) {
            long beganNanos = System.nanoTime();
            try {
                look();
            } catch (RuntimeException ours) {
                // What was seen before a defect is worth nothing: the next look begins to count anew.
                watch = SlotWatch.start();
                log.error("slot device {}: a look failed; all ages begin anew", place, ours);
            }
            LockSupport.parkNanos(beganNanos + settings.lookInterval().toNanos() - System.nanoTime());
        }
    }

    private void look() {
        long beganNanos = System.nanoTime();
        DeviceReading reading = read();
        watch = watch.look(reading, beganNanos, System.nanoTime(), settings.gapMax());
        Map<HostId, SlotFact> facts = watch.facts();
        leases.watch(SelfFenceSight.silent(facts, settings));
        longBounds.news(facts).forEach(line -> log.warn("slot device {}: {}", place, line));
        listener.accept(facts);
        tell(watch.blind().orElse(""));
    }

    private DeviceReading read() {
        SlotDevice open = device;
        if (open != null && (open.isReplaced() || reopen)) {
            // The next opening may find another device, and then all ages begin anew; with the same one they go on.
            opener.close();
            device = null;
        }
        reopen = false;
        try {
            open = opener.device();
            if (device == null) {
                openedNanos = System.nanoTime();
            }
            device = open;
        } catch (SlotException unusable) {
            return new DeviceReading.Unreadable(String.valueOf(unusable.getMessage()));
        }
        return open.read();
    }

    private void tell(String trouble) {
        if (!trouble.equals(told)) {
            told = trouble;
            if (trouble.isEmpty()) {
                log.info("slot device {}: is read", place);
            } else {
                log.warn("slot device {}: cannot be read, so nothing is known of any slot: {}", place, trouble);
            }
        }
    }

    /** What is known of each host that has a slot, as of the last look. */
    public Map<HostId, SlotFact> facts() {
        return watch.facts();
    }

    /** Why no slot can be seen, or empty. */
    String blind() {
        return watch.blind().orElse("");
    }

    /** Everything that is seen of one host now, as of the last looks. */
    SelfFenceSight sight(HostId host, LeaseFact lease) {
        SlotWatch seen = watch;
        return new SelfFenceSight(
                seen.device().orElse(null),
                seen.blind().orElse(""),
                seen.facts().get(host),
                lease,
                settings);
    }

    LeaseReader leases() {
        return leases;
    }

    /** A host writes another device than the one that is read: perhaps another one has taken its place. */
    void doubtDevice() {
        if (watch.blind().isEmpty() && System.nanoTime() - openedNanos > REOPEN_PAUSE.toNanos()) {
            reopen = true;
        }
    }

    /** Writes an order to die and reads it back; comes back within the deadline of the slot device. */
    Answer<Long> pill(int slot, Pill pill) {
        SlotDevice open = device;
        return open == null ? new Answer.Failed<>("the slot device is not open") : open.pill(slot, pill);
    }

    /** Does not wait for a storage that hangs. */
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
        opener.close();
    }
}
