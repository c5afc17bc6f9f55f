package io.holdfast.fencing.observer;

import io.holdfast.fencing.DeviceFact;
import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.Isolation;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import io.holdfast.slot.Answer;
import io.holdfast.slot.Pill;
import io.holdfast.slot.SlotFact;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The fence device that is no device: a pill in the host's slot is its order, and what this controller has watched itself is its answer.
 * One for all hosts; {@link #of} is the one of a host. Any thread may call.
 */
public final class SelfFenceDevice implements FenceDevice {

    /** Between two tries to write into a slot that cannot be read. */
    private static final Duration TRY_AGAIN = Duration.ofMillis(100);

    private final SlotObserver slots;
    private final String controller;
    private final InstantSource wall;

    /** @param controller who the hosts are told is asking, 1 to 80 characters */
    public SelfFenceDevice(SlotObserver slots, String controller, InstantSource wall) {
        this.slots = slots;
        this.controller = controller;
        this.wall = wall;
    }

    @Override
    public String name() {
        return "self-fence";
    }

    @Override
    public FenceDevice of(HostId host) {
        return new OfHost(host);
    }

    @Override
    public boolean readsPower() {
        return false;
    }

    @Override
    public PowerReading readPower(Duration deadline) {
        return new PowerReading(PowerState.UNKNOWN, "it is no device that reads power", Duration.ZERO);
    }

    @Override
    public PowerOrder powerOff(Duration deadline) {
        return new PowerOrder(
                PowerOrder.Answer.REFUSED,
                "it cuts no power; outside of a case a host is told to die with 'holdfast slot pill'",
                Duration.ZERO);
    }

    private final class OfHost implements FenceDevice {

        private final HostId host;

        private OfHost(HostId host) {
            this.host = host;
        }

        @Override
        public String name() {
            return SelfFenceDevice.this.name();
        }

        @Override
        public String means() {
            return "the host is told by its storage slot to die, and its slot and its lease are watched until its armed watchdog has"
                    + " certainly reset it";
        }

        @Override
        public boolean readsPower() {
            return false;
        }

        @Override
        public PowerReading readPower(Duration deadline) {
            return SelfFenceDevice.this.readPower(deadline);
        }

        @Override
        public PowerOrder powerOff(Duration deadline) {
            return SelfFenceDevice.this.powerOff(deadline);
        }

        @Override
        public Isolation isolation(FenceRequest request, Duration deadline) {
            Isolation said = sight(slots.leases().watched(host)).isolation(request.bootId(), request.leader());
            if (said instanceof Isolation.Unprovable) {
                slots.doubtDevice();
            }
            return said;
        }

        private SelfFenceSight sight(LeaseFact lease) {
            return slots.sight(host, lease);
        }

        @Override
        public PowerOrder isolate(FenceRequest request, Duration deadline) {
            long startNanos = System.nanoTime();
            String boot = request.bootId();
            if (boot == null) {
                return order(
                        PowerOrder.Answer.REFUSED, "nobody knows which boot of the host was condemned", startNanos);
            }
            PowerOrder last;
            do {
                last = ordered(request, boot, startNanos);
                if (last.answer() != PowerOrder.Answer.NO_ANSWER) {
                    return last;
                }
                LockSupport.parkNanos(TRY_AGAIN.toNanos());
            } while (System.nanoTime() - startNanos < deadline.toNanos()
                    && !Thread.currentThread().isInterrupted());
            return last;
        }

        private PowerOrder ordered(FenceRequest request, String boot, long startNanos) {
            SlotFact fact = slots.facts().get(host);
            if (fact == null && slots.blind().isEmpty()) {
                return order(PowerOrder.Answer.REFUSED, "it has no slot on the slot device", startNanos);
            }
            if (!(fact instanceof SlotFact.Seen seen)) {
                String why = fact instanceof SlotFact.Unreadable unreadable ? unreadable.reason() : slots.blind();
                return order(PowerOrder.Answer.NO_ANSWER, why, startNanos);
            }
            Pill there = seen.pill();
            if (there != null && there.isFor(host, boot) && !request.leader().isOlderThan(there.leader())) {
                return order(
                        PowerOrder.Answer.ACCEPTED,
                        "a pill by " + there.by() + " is in slot " + seen.slot() + " already",
                        startNanos);
            }
            return switch (slots.pill(seen.slot(), pill(request, boot))) {
                case Answer.Done<Long> done ->
                    order(
                            PowerOrder.Answer.ACCEPTED,
                            "pill " + done.value() + " in slot " + seen.slot() + ", read back",
                            startNanos);
                case Answer.Refused<Long> refused -> order(PowerOrder.Answer.REFUSED, refused.reason(), startNanos);
                case Answer.Failed<Long> failed -> order(PowerOrder.Answer.NO_ANSWER, failed.reason(), startNanos);
            };
        }

        private Pill pill(FenceRequest request, String boot) {
            return new Pill(
                    host,
                    boot,
                    request.caseId(),
                    request.leader(),
                    controller,
                    "condemned at epoch " + request.epoch() + ", attempt " + request.attempt(),
                    // As exact as the slot keeps it, so that what is read back is what was written.
                    Instant.ofEpochMilli(wall.instant().toEpochMilli()));
        }

        private static PowerOrder order(PowerOrder.Answer answer, String detail, long startNanos) {
            return new PowerOrder(answer, detail, Duration.ofNanos(System.nanoTime() - startNanos));
        }

        @Override
        public List<DeviceFact> facts(Duration deadline) {
            long startNanos = System.nanoTime();
            LeaseFact lease = slots.leases().look(host);
            return sight(lease).rehearsal(Duration.ofNanos(System.nanoTime() - startNanos));
        }
    }
}
