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
import java.time.Duration;
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
            PowerOrder last;
            do {
                last = ordered(request, startNanos);
                if (last.answer() != PowerOrder.Answer.NO_ANSWER) {
                    return last;
                }
                LockSupport.parkNanos(TRY_AGAIN.toNanos());
            } while (System.nanoTime() - startNanos < deadline.toNanos()
                    && !Thread.currentThread().isInterrupted());
            return last;
        }

        private PowerOrder ordered(FenceRequest request, long startNanos) {
            PillOrder what = PillOrder.of(slots.facts().get(host), slots.blind(), request, controller, wall.instant());
            return switch (what) {
                case PillOrder.Said said -> order(said.answer(), said.detail(), startNanos);
                case PillOrder.Write write -> written(write, startNanos);
            };
        }

        private PowerOrder written(PillOrder.Write write, long startNanos) {
            return switch (slots.pill(write.slot(), write.pill())) {
                case Answer.Done<Long> done ->
                    order(
                            PowerOrder.Answer.ACCEPTED,
                            "pill " + done.value() + " in slot " + write.slot() + ", read back",
                            startNanos);
                case Answer.Refused<Long> refused -> order(PowerOrder.Answer.REFUSED, refused.reason(), startNanos);
                case Answer.Failed<Long> failed -> order(PowerOrder.Answer.NO_ANSWER, failed.reason(), startNanos);
            };
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
