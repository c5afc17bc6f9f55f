package io.holdfast.fencing.kdump;

import io.holdfast.fencing.DeviceFact;
import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.Isolation;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.util.List;

/**
 * The fence device that only listens: a host whose crashed kernel speaks runs no guests any more, and its power need not be cut for
 * that. One for all hosts; {@link #of} is the one of a host, for one attempt. Any thread may call.
 *
 * <p>Only a message that arrives after the attempt has begun counts. The host was condemned before, so nobody had been heard of it; an
 * earlier message may be of a crash that it has long survived. (The agent {@code fence_kdump} of ClusterLabs waits for a new message in
 * the same way.)
 */
public final class KdumpDevice implements FenceDevice {

    private final KdumpListener ear;

    public KdumpDevice(KdumpListener ear) {
        this.ear = ear;
    }

    @Override
    public String name() {
        return "kdump";
    }

    @Override
    public FenceDevice of(HostId host) {
        return new OfHost(host, ear.messages(host));
    }

    @Override
    public boolean readsPower() {
        return false;
    }

    @Override
    public boolean isHarmless() {
        return true;
    }

    @Override
    public PowerReading readPower(Duration deadline) {
        return new PowerReading(PowerState.UNKNOWN, "it only listens, and reads no power", Duration.ZERO);
    }

    @Override
    public PowerOrder powerOff(Duration deadline) {
        return new PowerOrder(PowerOrder.Answer.REFUSED, "it only listens, and cuts no power", Duration.ZERO);
    }

    private final class OfHost implements FenceDevice {

        private final HostId host;
        private final long before;

        private OfHost(HostId host, long before) {
            this.host = host;
            this.before = before;
        }

        @Override
        public String name() {
            return KdumpDevice.this.name();
        }

        @Override
        public String means() {
            return "a message of its crashed kernel (fence_kdump_send) is waited for; its power is left on";
        }

        @Override
        public boolean readsPower() {
            return false;
        }

        @Override
        public boolean isHarmless() {
            return true;
        }

        @Override
        public PowerReading readPower(Duration deadline) {
            return KdumpDevice.this.readPower(deadline);
        }

        @Override
        public PowerOrder powerOff(Duration deadline) {
            return KdumpDevice.this.powerOff(deadline);
        }

        @Override
        public PowerOrder isolate(FenceRequest request, Duration deadline) {
            return new PowerOrder(
                    PowerOrder.Answer.ACCEPTED,
                    "nothing is ordered; its crashed kernel is listened for",
                    Duration.ZERO);
        }

        @Override
        public Isolation isolation(FenceRequest request, Duration deadline) {
            String deaf = ear.whyDeaf(host).orElse("");
            if (!deaf.isEmpty()) {
                return new Isolation.Unprovable(deaf, Duration.ZERO);
            }
            long heard = ear.messages(host) - before;
            return heard > 0
                    ? new Isolation.Crashed(
                            heard + " messages of fence_kdump_send from " + host
                                    + " since this attempt began: its kernel has crashed, and its guests with it; its power was not cut",
                            Duration.ZERO)
                    : new Isolation.Unproven(
                            true, "no message of fence_kdump_send since this attempt began", Duration.ZERO);
        }

        @Override
        public List<DeviceFact> facts(Duration deadline) {
            String deaf = ear.whyDeaf(host).orElse("");
            return List.of(new DeviceFact.Listening(
                    deaf.isEmpty(),
                    deaf.isEmpty() ? "its messages would be heard; whether it sends any shows in a crash" : deaf,
                    Duration.ZERO));
        }
    }
}
