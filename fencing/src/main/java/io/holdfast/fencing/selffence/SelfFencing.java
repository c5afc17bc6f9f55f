package io.holdfast.fencing.selffence;

import io.holdfast.fencing.selffence.core.Decision;
import io.holdfast.fencing.selffence.core.Licences;
import io.holdfast.fencing.selffence.core.SelfFenceTimes;
import io.holdfast.fencing.watchdog.WatchdogDevice;
import io.holdfast.fencing.watchdog.WatchdogFacts;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.model.SelfFenceTerms;
import io.holdfast.slot.Answer;
import io.holdfast.slot.Renewal;
import io.holdfast.slot.SlotException;
import io.holdfast.slot.SlotPlace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's slot and watchdog, on two threads of their own.
 *
 * <p>The slot thread may wait for a storage that hangs. The petting thread waits for nothing: it looks at what the licences are now,
 * and pets or does not. If it is stopped for longer than the device waits, it finds that by its own clock and pets no more.
 *
 * <p>Life: {@link #open} checks and opens, and touches no watchdog; {@link #terms} go into the lease; {@link #start} begins. The
 * device is armed with the first licence after a lease has named it.
 */
public final class SelfFencing implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SelfFencing.class);

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    private final SelfFenceSettings settings;
    private final SelfFenceTimes times;
    private final HostId host;
    private final SlotOwner slot;
    private final @Nullable SelfFenceTerms terms;
    private final NamedTerms named;
    private final Object lock = new Object();

    /** Changed under the lock, by both threads. */
    private volatile Licences licences;

    private volatile boolean closing;
    private volatile boolean armed;
    private Supplier<@Nullable Long> lease = () -> null;
    private @Nullable Thread slotThread;
    private @Nullable Thread pettingThread;

    // The petting thread's own.
    private @Nullable WatchdogDevice device;
    private String told = "";

    // The slot thread's own.
    private String slotTold = "";

    /** The pill that was acknowledged last; sequences begin at 1. */
    private long acknowledged;

    private SelfFencing(
            SelfFenceSettings settings, HostId host, SlotOwner slot, @Nullable SelfFenceTerms terms, NamedTerms named) {
        this.settings = settings;
        this.times = settings.times();
        this.host = host;
        this.slot = slot;
        this.terms = terms;
        this.named = named;
        this.licences = Licences.start(named.isNamed());
    }

    /**
     * Opens what the settings say; empty where they name no slot.
     *
     * @param bootId this life of the host
     * @param session this agent process
     * @param stateDirectory where it is remembered that a lease has named the device
     * @throws io.holdfast.fencing.FencingException when the watchdog cannot be relied on
     * @throws SlotException in mode {@code watchdog}, when the slot device cannot be used
     */
    public static Optional<SelfFencing> open(
            SelfFenceSettings settings,
            HostId host,
            SegmentId segment,
            String bootId,
            String session,
            Path stateDirectory,
            InstantSource clock) {
        SlotPlace place = settings.place();
        if (place == null) {
            return Optional.empty();
        }
        SlotOwner slot = new SlotOwner(
                place, segment, host, bootId, session, settings.slotInterval(), settings.slotDeadline(), clock);
        return Optional.of(
                switch (settings.mode()) {
                    case OFF ->
                        new SelfFencing(settings, host, slot, null, new NamedTerms(stateDirectory, bootId, null));
                    case WATCHDOG -> {
                        WatchdogDevice.check(
                                settings.watchdog(),
                                WatchdogFacts.of(settings.watchdog()),
                                settings.watchdogTime(),
                                settings.trustDevice());
                        SelfFenceTerms terms = new SelfFenceTerms(
                                settings.watchdog().toString(),
                                settings.watchdogTime(),
                                settings.licence(),
                                slot.device().header().id());
                        yield new SelfFencing(
                                settings, host, slot, terms, new NamedTerms(stateDirectory, bootId, terms));
                    }
                });
    }

    /** What the lease has to say; empty where nothing is armed. */
    public Optional<SelfFenceTerms> terms() {
        return Optional.ofNullable(terms);
    }

    /**
     * Begins to beat, and to pet once there is a licence.
     *
     * @param lease when the last acknowledged write to ZooKeeper began at which a lease with our {@link #terms} was there, by {@link
     *     System#nanoTime}; null if there was none. Asked often, must not block
     */
    public void start(Supplier<@Nullable Long> lease) {
        this.lease = lease;
        slotThread = Thread.ofPlatform().daemon().name("slot-heartbeat").start(this::beat);
        if (terms != null) {
            log.info(
                    "host {}: fences itself by {}; it has certainly done so {} ms after slot and lease stood still",
                    host,
                    terms.watchdog(),
                    times.bound().toMillis());
            settings.beyondTheDefault().ifPresent(what -> log.warn("host {}: {}", host, what));
            Thread thread = Thread.ofPlatform().daemon().name("watchdog").unstarted(this::watch);
            pettingThread = thread;
            thread.start();
        }
    }

    /** Whether the device has been armed by this process and not disarmed. */
    public boolean isArmed() {
        return armed;
    }

    Licences licences() {
        return licences;
    }

    private Licences changed(UnaryOperator<Licences> change) {
        synchronized (lock) {
            licences = change.apply(licences);
            return licences;
        }
    }

    // ---- the slot

    private void beat() {
        while (!closing) {
            long beganNanos = System.nanoTime();
            try {
                round(armed ? terms : null);
            } catch (RuntimeException ours) {
                // A thread that ends without a word would leave the host on one licence, and nobody would know. What
                // the round
                // before it was worth is not known either.
                changed(Licences::slotLost);
                slot.claimAgain();
                log.error(
                        "host {}: a round on its slot failed; no licence from the slot until one is good again",
                        host,
                        ours);
                slotTold = "a round failed: " + ours;
            }
            LockSupport.parkNanos(beganNanos + settings.slotInterval().toNanos() - System.nanoTime());
        }
    }

    private Renewal round(@Nullable SelfFenceTerms said) {
        Renewal renewal = slot.round(said);
        switch (renewal) {
            case Renewal.Good good -> {
                changed(now -> now.slotWritten(good.beganNanos()));
                tellSlot("");
            }
            case Renewal.Failed failed -> tellSlot(failed.reason());
            case Renewal.Pilled pilled -> pilled(pilled);
        }
        return renewal;
    }

    private void tellSlot(String trouble) {
        if (!trouble.equals(slotTold)) {
            slotTold = trouble;
            if (trouble.isEmpty()) {
                log.info("host {}: its slot is written", host);
            } else {
                log.warn("host {}: its slot is not written: {}", host, trouble);
            }
        }
    }

    /** Petting ends before the word is given, because a host that has acknowledged and lives on is a lie. */
    private void pilled(Renewal.Pilled pilled) {
        String reason = "a pill by " + pilled.pill().by() + ": " + pilled.pill().reason();
        boolean obeys = armed || settings.resetFile() != null;
        if (licences.ended() == null || !slotTold.equals(reason)) {
            slotTold = reason;
            log.error(
                    obeys
                            ? "host {}: dies now, by {}"
                            : "host {}: was told to die and cannot, because it has armed no watchdog: {}",
                    host,
                    reason);
        }
        changed(now -> now.pilled(reason));
        if (obeys) {
            acknowledge(pilled.sequence());
            resetNow();
        }
    }

    /** Once: each word is a sign of life to whoever counts how long the slot stands still, and holds up the proof. */
    private void acknowledge(long pill) {
        if (acknowledged != pill) {
            switch (slot.acknowledge(pill)) {
                case Answer.Done<Long> _ -> acknowledged = pill;
                case Answer.Refused<Long> refused ->
                    log.warn("host {}: dies without a word: {}", host, refused.reason());
                case Answer.Failed<Long> failed -> log.warn("host {}: dies without a word: {}", host, failed.reason());
            }
        }
    }

    /** Not relied on: the device fires in any case. */
    private void resetNow() {
        Path file = settings.resetFile();
        if (file != null) {
            try {
                Files.writeString(file, "b", StandardOpenOption.WRITE);
            } catch (IOException e) {
                log.error("host {}: {} does not reset it, so the watchdog has to: {}", host, file, e.toString());
            }
        }
    }

    // ---- the watchdog

    private void watch() {
        while (!closing) {
            try {
                look();
            } catch (RuntimeException ours) {
                // Not to know whether there is a licence is to have none: if this goes on, the device resets the host.
                tell(false, "does not pet its watchdog", "it cannot tell whether it has a licence: " + ours);
            }
            LockSupport.parkNanos(settings.petInterval().toNanos());
        }
    }

    private void look() {
        Long confirmed = lease.get();
        Licences now = changed(held -> {
            Licences known = confirmed == null ? held : held.leaseHeld(confirmed);
            return known.looked(times, System.nanoTime());
        });
        switch (now.decide(times, System.nanoTime())) {
            case Decision.Pet pet -> pet(pet);
            case Decision.Starve starve ->
                tell(false, armed ? "does not pet its watchdog" : "has armed nothing", starve.reason());
            case Decision.Die die -> tell(false, "pets its watchdog no more", die.reason());
        }
    }

    private void pet(Decision.Pet by) {
        try {
            long beforeNanos = System.nanoTime();
            WatchdogDevice open = device;
            if (open == null) {
                // It is named, or there would be no licence; and it has to be remembered before anything is armed.
                named.remember();
                device = WatchdogDevice.arm(settings.watchdog());
                armed = true;
            } else {
                open.pet();
            }
            changed(held -> held.petted(beforeNanos));
            tell(true, "pets its watchdog", "by its " + by.by());
        } catch (IOException e) {
            tell(false, "cannot pet its watchdog", e.toString());
        }
    }

    private void tell(boolean good, String what, String why) {
        String line = what + ": " + why;
        if (!line.equals(told)) {
            told = line;
            if (good) {
                log.info("host {}: {}", host, line);
            } else {
                log.warn("host {}: {}", host, line);
            }
        }
    }

    // ---- the end

    /**
     * Stops. Where the settings say so, disarms, but only after the slot has said that nothing is armed any more: until then others
     * may count on the device.
     */
    @Override
    public void close() {
        closing = true;
        end(pettingThread);
        end(slotThread);
        WatchdogDevice open = device;
        if (open != null) {
            try (open) {
                if (!settings.disarmOnStop()) {
                    log.warn(
                            "host {}: its watchdog counts on, and resets it unless an agent is back within {} ms",
                            host,
                            settings.watchdogTime().toMillis());
                } else if (ended(slotThread) && round(null) instanceof Renewal.Good) {
                    open.disarm();
                    armed = false;
                    named.forget();
                    log.info("host {}: its watchdog is disarmed", host);
                } else {
                    log.warn("host {}: its watchdog stays armed, because its slot could not say that it is not", host);
                }
            } catch (IOException e) {
                log.warn("host {}: its watchdog could not be disarmed: {}", host, e.toString());
            }
        }
        slot.close();
    }

    private static boolean ended(@Nullable Thread thread) {
        return thread == null || !thread.isAlive();
    }

    private static void end(@Nullable Thread thread) {
        if (thread != null) {
            LockSupport.unpark(thread);
            try {
                thread.join(CLOSE_LIMIT);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
