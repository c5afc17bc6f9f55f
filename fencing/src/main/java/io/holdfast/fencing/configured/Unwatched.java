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
import java.util.function.Function;

/** Stands for a device that knows something only by watching all the time, in a process that does not, as a command that runs beside the controller. */
final class Unwatched implements FenceDevice {

    private final String name;
    private final String why;
    private final Function<String, DeviceFact> fact;

    Unwatched(String name, String why, Function<String, DeviceFact> fact) {
        this.name = name;
        this.why = why;
        this.fact = fact;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean readsPower() {
        return false;
    }

    @Override
    public PowerReading readPower(Duration deadline) {
        return new PowerReading(PowerState.UNKNOWN, why, Duration.ZERO);
    }

    @Override
    public PowerOrder powerOff(Duration deadline) {
        return new PowerOrder(PowerOrder.Answer.REFUSED, why, Duration.ZERO);
    }

    @Override
    public Isolation isolation(FenceRequest request, Duration deadline) {
        return new Isolation.Unprovable(why, Duration.ZERO);
    }

    @Override
    public List<DeviceFact> facts(Duration deadline) {
        return List.of(fact.apply(why));
    }
}
