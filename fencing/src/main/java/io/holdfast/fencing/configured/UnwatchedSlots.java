package io.holdfast.fencing.configured;

import io.holdfast.fencing.DeviceFact;
import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.Isolation;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.util.List;

/** Stands for a device of type self-fence in a process that does not watch slots, as a command that runs beside the controller. */
final class UnwatchedSlots implements FenceDevice {

    private static final String WHY =
            "only a running controller, which watches slots all the time, can tell; see 'holdfast fence check'";

    @Override
    public String name() {
        return "self-fence";
    }

    @Override
    public boolean readsPower() {
        return false;
    }

    @Override
    public PowerReading readPower(Duration deadline) {
        return new PowerReading(PowerState.UNKNOWN, WHY, Duration.ZERO);
    }

    @Override
    public PowerOrder powerOff(Duration deadline) {
        return new PowerOrder(PowerOrder.Answer.REFUSED, WHY, Duration.ZERO);
    }

    @Override
    public Isolation isolation(FenceRequest request, Duration deadline) {
        return new Isolation.Unprovable(WHY, Duration.ZERO);
    }

    @Override
    public List<DeviceFact> facts(Duration deadline) {
        return List.of(new DeviceFact.SelfFence(false, WHY, Duration.ZERO));
    }
}
