package io.holdfast.fencing.selffence;

import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.model.SelfFenceTerms;
import io.holdfast.slot.Acknowledgement;
import io.holdfast.slot.Answer;
import io.holdfast.slot.Heartbeat;
import io.holdfast.slot.Renewal;
import io.holdfast.slot.SlotException;
import io.holdfast.slot.SlotPlace;
import io.holdfast.slot.file.SlotDevice;
import io.holdfast.slot.file.SlotOpener;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * This host's side of its slot: opens the device, claims, beats, acknowledges. One thread uses it; each call comes back within the
 * deadline, opening and claiming included.
 */
final class SlotOwner implements AutoCloseable {

    private final SlotOpener opener;
    private final HostId host;
    private final String bootId;
    private final String session;
    private final Duration interval;
    private final InstantSource clock;
    private final long startNanos = System.nanoTime();

    private int slot = -1;
    private long beat;

    SlotOwner(
            SlotPlace place,
            SegmentId segment,
            HostId host,
            String bootId,
            String session,
            Duration interval,
            Duration deadline,
            InstantSource clock) {
        this.opener = new SlotOpener(place, segment, deadline);
        this.host = host;
        this.bootId = bootId;
        this.session = session;
        this.interval = interval;
        this.clock = clock;
    }

    /**
     * The device, opened if it is not yet.
     *
     * @throws SlotException when it cannot be used
     */
    SlotDevice device() {
        return opener.device();
    }

    /** One heartbeat; after one that failed, the claim is looked at again first. */
    Renewal round(@Nullable SelfFenceTerms armed) {
        SlotDevice open;
        try {
            open = device();
        } catch (SlotException e) {
            return new Renewal.Failed(String.valueOf(e.getMessage()));
        }
        if (slot < 0) {
            switch (open.claim(host, bootId, clock.instant())) {
                case Answer.Done<Integer> done -> slot = done.value();
                case Answer.Refused<Integer> refused -> {
                    return new Renewal.Failed(refused.reason());
                }
                case Answer.Failed<Integer> failed -> {
                    return new Renewal.Failed(failed.reason());
                }
            }
        }
        beat++;
        Renewal renewal = open.renew(
                slot,
                new Heartbeat(
                        host,
                        bootId,
                        session,
                        beat,
                        clock.instant(),
                        Duration.ofNanos(System.nanoTime() - startNanos),
                        interval,
                        armed));
        if (renewal instanceof Renewal.Failed) {
            claimAgain();
        }
        return renewal;
    }

    /** The next round looks for the claim first. */
    void claimAgain() {
        slot = -1;
    }

    Answer<Long> acknowledge(long pill) {
        return device().acknowledge(slot, new Acknowledgement(host, bootId, pill, clock.instant()));
    }

    @Override
    public void close() {
        opener.close();
    }
}
